package io.compot.calibration;

/**
 * Of a prediction.
 *
 * @param inputs XᵀX that a weight is fitted to
 * @param outputs and the sum of ggᵀ
 * @param rise what it then loses
 */
public record Fold(Gram inputs, Gram outputs, PredictedRise rise) {}
