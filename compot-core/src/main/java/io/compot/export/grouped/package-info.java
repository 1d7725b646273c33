/** Models whose projections are codes on grids, as compressed-tensors and GPTQ pack them. */
@NullMarked
package io.compot.export.grouped;

import org.jspecify.annotations.NullMarked;
