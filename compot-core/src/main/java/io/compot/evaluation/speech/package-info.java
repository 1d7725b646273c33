/** How well models that hear write down what is said: word errors, likelihoods, divergence. */
@NullMarked
package io.compot.evaluation.speech;

import org.jspecify.annotations.NullMarked;
