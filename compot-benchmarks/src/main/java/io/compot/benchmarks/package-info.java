/** Speed claims, as ratios measured in one run. */
@NullMarked
package io.compot.benchmarks;

import org.jspecify.annotations.NullMarked;
