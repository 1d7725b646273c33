/** Numbers of a model that gradients reach, and what trains them. */
@NullMarked
package io.compot.pipeline.train;

import org.jspecify.annotations.NullMarked;
