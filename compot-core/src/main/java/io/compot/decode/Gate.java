package io.compot.decode;

import java.util.Optional;

/** Activations of a gate that are computed without libtorch. */
public enum Gate {
  SILU,
  GELU_TANH,
  RELU;

  /** By the names of Hugging Face's {@code ACT2FN}; empty where it is none of these. */
  public static Optional<Gate> named(String name) {
    return switch (name) {
      case "silu", "swish" -> Optional.of(SILU);
      case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" -> Optional.of(GELU_TANH);
      case "relu" -> Optional.of(RELU);
      default -> Optional.empty();
    };
  }

  /** Of one number. */
  float of(float x) {
    return switch (this) {
      case SILU -> (float) (x / (1 + Math.exp(-x)));
      case GELU_TANH -> {
        double inner = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
        yield (float) (0.5 * x * (1 + Math.tanh(inner)));
      }
      case RELU -> Math.max(x, 0);
    };
  }
}
