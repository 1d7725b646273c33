/** Compressed models in forms that other programs read. */
@NullMarked
package io.compot.export;

import org.jspecify.annotations.NullMarked;
