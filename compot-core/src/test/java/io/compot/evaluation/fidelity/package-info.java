@NullMarked
package io.compot.evaluation.fidelity;

import org.jspecify.annotations.NullMarked;
