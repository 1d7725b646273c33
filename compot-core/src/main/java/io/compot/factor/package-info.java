/** What replaces a weight, and exactly how many bits it takes. */
@NullMarked
package io.compot.factor;

import org.jspecify.annotations.NullMarked;
