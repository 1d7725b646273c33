package io.compot.model;

import static org.bytedeco.pytorch.global.torch.gelu;
import static org.bytedeco.pytorch.global.torch.relu;
import static org.bytedeco.pytorch.global.torch.sigmoid;
import static org.bytedeco.pytorch.global.torch.silu;
import static org.bytedeco.pytorch.global.torch.tanh;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import io.compot.text.ConfigFile;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The nonlinearity of a feed-forward layer.
 *
 * @param name as configurations have it
 * @param function elementwise; its result belongs to the caller's scope
 */
record Activation(String name, UnaryOperator<Tensor> function) {

  /** By the names of Hugging Face's {@code ACT2FN}. */
  private static final Map<String, UnaryOperator<Tensor>> KNOWN =
      Map.ofEntries(
          Map.entry("silu", x -> silu(x)),
          Map.entry("swish", x -> silu(x)),
          Map.entry("relu", x -> relu(x)),
          Map.entry("relu2", x -> squared(relu(x))),
          Map.entry("gelu", x -> gelu(x)),
          Map.entry("gelu_new", x -> gelu(x, "tanh")),
          Map.entry("gelu_fast", x -> gelu(x, "tanh")),
          Map.entry("gelu_pytorch_tanh", x -> gelu(x, "tanh")),
          Map.entry("quick_gelu", Activation::quickGelu),
          Map.entry("sigmoid", x -> sigmoid(x)),
          Map.entry("tanh", x -> tanh(x)));

  /**
   * The activation that a field names.
   *
   * @param absent the family's default
   * @throws InputException where the name is unknown
   */
  static Activation of(ConfigFile config, String field, String absent) throws InputException {
    String name = config.optionalText(field).orElse(absent);
    UnaryOperator<Tensor> function = KNOWN.get(name);
    if (function == null) {
      throw config.refuse(
          field,
          "activation \"" + name + "\" is not known",
          "known are " + String.join(", ", new TreeSet<>(KNOWN.keySet())));
    }
    return new Activation(name, function);
  }

  Tensor apply(Tensor x) {
    return function.apply(x);
  }

  private static Tensor squared(Tensor x) {
    return x.mul_(x);
  }

  /** x · σ(1.702 x). */
  private static Tensor quickGelu(Tensor x) {
    try (var scope = TensorScope.open()) {
      return scope.keep(sigmoid(x.mul(new Scalar(1.702))).mul_(x));
    }
  }
}
