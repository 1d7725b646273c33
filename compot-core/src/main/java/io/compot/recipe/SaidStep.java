package io.compot.recipe;

import io.compot.method.StepKind;

/**
 * A step of a recipe as it is written.
 *
 * @param said what is said of this step alone
 */
public record SaidStep(StepKind kind, SaidSettings said) {}
