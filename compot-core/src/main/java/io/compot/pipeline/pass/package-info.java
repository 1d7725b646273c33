/** Passes over the blocks of a model that learn something of its projections. */
@NullMarked
package io.compot.pipeline.pass;

import org.jspecify.annotations.NullMarked;
