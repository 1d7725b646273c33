/** Figures with all that is needed to measure them again, and their comparison. */
@NullMarked
package io.compot.evaluation.result;

import org.jspecify.annotations.NullMarked;
