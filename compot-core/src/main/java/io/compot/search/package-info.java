/** Which size to try next, on the way to the smallest whose quality is good enough. */
@NullMarked
package io.compot.search;

import org.jspecify.annotations.NullMarked;
