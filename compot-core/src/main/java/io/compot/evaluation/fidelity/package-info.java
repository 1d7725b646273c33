/** How far a model has moved from the one it was made from. */
@NullMarked
package io.compot.evaluation.fidelity;

import org.jspecify.annotations.NullMarked;
