/** What long work tells whoever watches it, and how it is asked to stop. */
@NullMarked
package io.compot.progress;

import org.jspecify.annotations.NullMarked;
