/** Tests of comparisons. */
@NullMarked
package io.compot.comparison;

import org.jspecify.annotations.NullMarked;
