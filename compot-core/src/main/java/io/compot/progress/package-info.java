/** What long work tells whoever watches it. */
@NullMarked
package io.compot.progress;

import org.jspecify.annotations.NullMarked;
