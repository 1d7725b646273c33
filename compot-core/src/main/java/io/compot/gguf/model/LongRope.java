package io.compot.gguf.model;

import io.compot.error.InputException;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Llama 3.1's scaling of rotary frequencies. Files of llama.cpp do not name its parameters, they
 * hold what each frequency is divided by ({@code rope_freqs.weight}); all published models share
 * the two bounds 1 and 4, and from these the others follow.
 */
record LongRope(double factor, double low, double high, long trained) {

  private static final double LOW = 1;
  private static final double HIGH = 4;
  private static final double NEAR = 1e-3;

  /** The divisor of the pair that turns so many times in the trained context. */
  private double divisor(double frequency) {
    double turns = trained * frequency / (2 * Math.PI);
    if (turns > high) {
      return 1;
    }
    if (turns < low) {
      return factor;
    }
    double smooth = (turns - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  }

  /** All divisors, as llama.cpp's converter computes them. */
  float[] divisors(double theta, long headDim) {
    float[] divisors = new float[(int) (headDim / 2)];
    for (int i = 0; i < divisors.length; i++) {
      divisors[i] = (float) divisor(Math.pow(theta, -2.0 * i / headDim));
    }
    return divisors;
  }

  /**
   * The parameters that give these divisors.
   *
   * @throws InputException where none do
   */
  static LongRope of(Metadata keys, float[] divisors, double theta, long headDim)
      throws InputException {
    double factor = 1;
    for (float divisor : divisors) {
      factor = Math.max(factor, divisor);
    }
    long trained = 0;
    double slowestKept = 1;
    for (int i = 0; i < divisors.length; i++) {
      double frequency = Math.pow(theta, -2.0 * i / headDim);
      if (divisors[i] > 1 && divisors[i] < factor) {
        double smooth = (1 / (double) divisors[i] - 1 / factor) / (1 - 1 / factor);
        trained = Math.round(2 * Math.PI * (LOW + smooth * (HIGH - LOW)) / frequency);
        break;
      }
      if (divisors[i] == 1) {
        slowestKept = frequency;
      }
    }
    if (trained == 0) {
      // No pair lies between the bounds: any context between them gives the same divisors.
      trained = (long) Math.ceil(2 * Math.PI * HIGH / slowestKept) + 1;
    }
    var rope = new LongRope(factor, LOW, HIGH, Math.max(1, trained));
    float[] again = rope.divisors(theta, headDim);
    boolean same = divisors.length == again.length;
    for (int i = 0; same && i < again.length; i++) {
      same = Math.abs(divisors[i] - again[i]) <= NEAR * again[i];
    }
    if (!same) {
      throw keys.refuse(
          "rope_freqs.weight",
          "its numbers are not those of Llama 3's scaling",
          "use the original model's folder, whose config.json names the scaling");
    }
    return rope;
  }

  /** The fields of {@code rope_scaling}. */
  ObjectNode fields() {
    ObjectNode fields = JsonNodeFactory.instance.objectNode();
    fields.put("rope_type", "llama3");
    fields.put("factor", factor);
    fields.put("low_freq_factor", low);
    fields.put("high_freq_factor", high);
    fields.put("original_max_position_embeddings", trained);
    return fields;
  }
}
