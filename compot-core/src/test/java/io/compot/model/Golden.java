package io.compot.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.log_softmax;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.error.InputException;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.text.ConfigFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;

/** The expected outputs of a golden fixture, and comparisons within their tolerances. */
record Golden(SafetensorsFile tensors, ConfigFile facts) implements AutoCloseable {

  static Golden open(Path folder) throws InputException {
    return new Golden(
        SafetensorsFile.open(folder.resolve("expected.safetensors")),
        ConfigFile.read(folder.resolve("expected.json")));
  }

  /** seq0, seq1, ... */
  List<String> sequences() {
    return tensors.names().stream()
        .filter(name -> name.endsWith(".input_ids"))
        .map(name -> name.substring(0, name.indexOf('.')))
        .sorted()
        .toList();
  }

  /** Tokens of a sequence, [1, T]. */
  Tensor tokens(String sequence) throws InputException {
    return tensors.tensor(sequence + ".input_ids").view(1, -1);
  }

  List<String> gramNames() {
    return tensors.names().stream()
        .filter(name -> name.startsWith("gram."))
        .map(name -> name.substring("gram.".length()))
        .toList();
  }

  void assertTrace(String sequence, Map<String, Tensor> trace) throws InputException {
    int compared = 0;
    for (String name : tensors.names()) {
      if (name.startsWith(sequence + ".") && !name.endsWith(".input_ids")) {
        String what = name.substring(name.indexOf('.') + 1);
        Tensor actual = trace.get(what);
        assertThat(actual).as(name).isNotNull();
        boolean logits = what.equals("logits");
        assertClose(
            name, actual.squeeze(0), tensors.tensor(name), logits ? 5e-4 : 1e-3, logits ? 0 : 1e-4);
        compared++;
      }
    }
    assertThat(compared).isEqualTo(trace.size());
  }

  void assertLogits(String sequence, Tensor logits) throws InputException {
    assertClose(sequence + ".logits", logits, tensors.tensor(sequence + ".logits"), 5e-4, 0);
  }

  void assertLoss(String sequence, Tensor logits) throws InputException {
    Tensor tokens = tensors.tensor(sequence + ".input_ids");
    long count = tokens.size(0);
    Tensor likelihood =
        log_softmax(logits.to(Dtype.F64.scalarType()), 1)
            .narrow(0, 0, count - 1)
            .gather(1, tokens.narrow(0, 1, count - 1).unsqueeze(1));
    double loss = -likelihood.mean().item_double();
    assertThat(Math.abs(loss - facts.object("loss").number(sequence))).isLessThan(1e-4);
  }

  /** Checks greedy tokens where no runner-up was too close to tell. */
  void assertGreedy(String sequence, List<Long> generated) throws InputException {
    ConfigFile greedy = facts.object("greedy").object(sequence);
    if (greedy.number("min_top1_margin") < 0.002) {
      return;
    }
    assertThat(generated)
        .isEqualTo(
            greedy.ints("next_tokens", 0, Integer.MAX_VALUE).stream()
                .map(Integer::longValue)
                .toList());
  }

  void assertGrams(Map<String, Tensor> grams) throws InputException {
    assertThat(gramNames()).isNotEmpty();
    for (String name : gramNames()) {
      Tensor expected = tensors.tensor("gram." + name);
      Tensor actual = grams.get(name);
      assertThat(actual).as(name).isNotNull();
      double largest = expected.abs().max().item_double();
      assertClose("gram " + name, actual, expected, 1e-4 * largest, 0);
    }
  }

  static void assertClose(
      String name, Tensor actual, Tensor expected, double absolute, double relative) {
    try (var _ = TensorScope.open()) {
      Tensor wanted = expected.to(Dtype.F64.scalarType());
      Tensor got = actual.to(Dtype.F64.scalarType());
      assertThat(got.sizes().vec().get()).as(name).isEqualTo(wanted.sizes().vec().get());
      double worst =
          got.sub(wanted)
              .abs()
              .sub(wanted.abs().mul(new org.bytedeco.pytorch.Scalar(relative)))
              .max()
              .item_double();
      assertThat(worst).as(name).isLessThanOrEqualTo(absolute);
    }
  }

  /** Gram matrices of every projection's input, summed in double. */
  static final class Grams implements AutoCloseable {

    final Map<String, Tensor> byName = new TreeMap<>();

    Linear observe(Linear linear) {
      return new ObservedLinear(linear, x -> add(linear.name(), linear.in(), x));
    }

    private void add(String name, long in, Tensor x) {
      try (var scope = TensorScope.open()) {
        Tensor rows = x.reshape(-1, in).to(Dtype.F64.scalarType());
        byName
            .computeIfAbsent(
                name,
                _ ->
                    scope.own(
                        zeros(new long[] {in, in}, new TensorOptions(Dtype.F64.scalarType()))))
            .add_(rows.t().mm(rows));
      }
    }

    @Override
    public void close() {
      new ArrayList<>(byName.values()).forEach(Tensor::close);
    }
  }

  @Override
  public void close() {
    tensors.close();
  }
}
