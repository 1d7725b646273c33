/** Texts from files: plain or JSON lines, strictly UTF-8. */
@NullMarked
package io.compot.text;

import org.jspecify.annotations.NullMarked;
