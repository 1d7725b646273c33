package io.compot.model;

import io.compot.error.InputException;
import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.form.codec.PackedTensors;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Everything that one part of a model has loaded; closed together. */
final class Weights implements AutoCloseable {

  private final WeightLoader loader;
  private final List<Tensor> tensors = new ArrayList<>();
  private final List<Linear> linears = new ArrayList<>();

  Weights(WeightLoader loader) {
    this.loader = loader;
  }

  /** Loads a part; what it holds is let go where that fails. */
  static <T> T load(Part<T> part, WeightLoader loader) throws InputException {
    Weights weights = new Weights(loader);
    boolean whole = false;
    try {
      T loaded = part.load(weights);
      whole = true;
      return loaded;
    } finally {
      if (!whole) {
        weights.close();
      }
    }
  }

  Dtype computation() {
    return loader.computation();
  }

  /** A tensor in the computation type. */
  Tensor tensor(TensorSpec spec) throws InputException {
    Tensor tensor = load(spec, true);
    tensors.add(tensor);
    return tensor;
  }

  /** Something made of what was loaded, closed with it. */
  Tensor own(Tensor made) {
    tensors.add(made);
    return made;
  }

  /** A table of which only some rows are read, in whatever form the checkpoint holds it. */
  TokenTable table(TensorSpec spec) throws InputException {
    Packed given = loader.replaced().get(spec.base());
    if (given != null) {
      return table(given);
    }
    Form form = loader.source().packed().get(spec.base());
    if (form == null) {
      return new TokenTable.Dense(stored(spec));
    }
    try (Packed packed =
        PackedTensors.read(loader.source(), spec.base(), form, spec.in(), spec.out())) {
      return table(packed);
    }
  }

  private TokenTable table(Packed packed) {
    try (var scope = TensorScope.open()) {
      TokenTable table = TokenTable.of(packed, computation());
      table.tensors().forEach(each -> tensors.add(scope.own(each)));
      return table;
    }
  }

  /** A tensor in its stored type, for tables of which only some rows are read. */
  Tensor stored(TensorSpec spec) throws InputException {
    Tensor tensor = load(spec, false);
    tensors.add(tensor);
    return tensor;
  }

  /** The projection in whatever form the checkpoint holds it, decorated. */
  Linear linear(ProjectionSpec spec) throws InputException {
    return linear(spec.name(), spec.weight(), spec.bias() ? spec.biasVector() : null);
  }

  /** A projection whose weight has another name than its own, as a tied output projection has. */
  Linear linear(String name, TensorSpec weight, @Nullable TensorSpec bias) throws InputException {
    Tensor loadedBias = bias == null ? null : load(bias, true);
    Linear plain;
    try {
      plain = plain(name, weight, loadedBias);
    } catch (InputException | RuntimeException e) {
      if (loadedBias != null) {
        loadedBias.close();
      }
      throw e;
    }
    Linear decorated = loader.decorator().apply(plain);
    linears.add(decorated);
    return decorated;
  }

  private Linear plain(String name, TensorSpec weight, @Nullable Tensor bias)
      throws InputException {
    // A tied output projection has the table's weight under a name of its own.
    Packed own = loader.replaced().get(name);
    Packed given = own == null && weight.packable() ? loader.replaced().get(weight.base()) : own;
    if (given != null) {
      return PackedLinear.of(name, given, computation(), bias);
    }
    Form form = weight.packable() ? loader.source().packed().get(weight.base()) : null;
    if (form == null) {
      return new DenseLinear(name, dense(weight), bias);
    }
    try (Packed packed =
        PackedTensors.read(loader.source(), weight.base(), form, weight.in(), weight.out())) {
      return PackedLinear.of(name, packed, computation(), bias);
    }
  }

  private Tensor dense(TensorSpec weight) throws InputException {
    if (weight.layout() == WeightLayout.OUT_IN) {
      return load(weight, true);
    }
    try (var scope = TensorScope.open();
        Tensor stored = load(weight, true)) {
      return scope.own(weight.layout().turned(stored));
    }
  }

  private Tensor load(TensorSpec spec, boolean convert) throws InputException {
    TensorInfo info = loader.source().info(spec.name());
    if (!info.shape().equals(spec.shape())) {
      throw InputException.in(
          loader.source().file(spec.name()),
          spec.name(),
          "shape " + info.shape() + ", but config.json says " + spec.expectation(),
          "config.json and weights are not of the same model: fetch both again");
    }
    try (var scope = TensorScope.open()) {
      Tensor stored = loader.source().finiteTensor(spec.name());
      if (!convert) {
        return scope.own(stored);
      }
      Tensor converted = stored.to(computation().scalarType());
      if (info.dtype().bytes() > computation().bytes()) {
        requireFinite(spec, info.dtype(), converted);
      }
      return scope.own(converted);
    }
  }

  /** Numbers that the stored type holds may be beyond the type computed in. */
  private void requireFinite(TensorSpec spec, Dtype stored, Tensor converted)
      throws InputException {
    if (converted.numel() > 0 && !Double.isFinite(converted.abs().amax().item_double())) {
      throw InputException.in(
          loader.source().file(spec.name()),
          spec.name(),
          "it has numbers of %s that %s cannot hold".formatted(stored, computation()),
          "check that the checkpoint is sound, or scale this weight down");
    }
  }

  @Override
  public void close() {
    linears.forEach(Linear::close);
    tensors.forEach(Tensor::close);
    linears.clear();
    tensors.clear();
  }
}
