package io.compot.method;

import io.compot.form.Form;
import java.util.OptionalDouble;

/**
 * The errors that factors of a size are expected to leave, as {@link Factorisation} measures them.
 *
 * @param size of the factors
 * @param whitened ‖L(W−W̃)‖_F / ‖LW‖_F; empty where there was no Gram matrix
 * @param weight ‖W−W̃‖_F / ‖W‖_F
 */
public record ExpectedError(Form size, OptionalDouble whitened, double weight) {}
