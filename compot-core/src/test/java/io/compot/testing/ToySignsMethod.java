package io.compot.testing;

import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.codec.FormCodec;
import io.compot.method.CompressionMethod;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.Measured;
import io.compot.method.MethodProvider;
import io.compot.method.Need;
import io.compot.setting.Schema;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The method that makes {@link ToySigns}: signs, and the mean magnitude of each row. */
public record ToySignsMethod() implements CompressionMethod {

  private static final Schema<ToySignsMethod> SCHEMA =
      new Schema<>("toy-signs", "signs of a test", new ToySignsMethod(), List.of());

  /** The one line of the list of methods. */
  public static final class Provider implements MethodProvider {
    @Override
    public List<Schema<? extends CompressionMethod>> methods() {
      return List.of(SCHEMA);
    }
  }

  /**
   * Does something while service files name the form and its method.
   *
   * @param folder an empty one, for the files
   */
  public static void registered(Path folder, Registered.Work work) throws Exception {
    Registered.during(
        folder,
        Map.of(MethodProvider.class, Provider.class, FormCodec.class, ToySignsCodec.class),
        work);
  }

  @Override
  public Schema<ToySignsMethod> schema() {
    return SCHEMA;
  }

  @Override
  public Set<Need> needs() {
    return Set.of();
  }

  @Override
  public Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    Form form = new ToySigns(dtype);
    double room = (1 - ratio) * in * out * dtype.bits();
    return form.bits(in, out) <= room ? Optional.of(form) : Optional.empty();
  }

  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    try (var scope = TensorScope.open()) {
      Tensor weight = problem.weight().to(ScalarType.Float).contiguous();
      Tensor scales = weight.abs().mean(1).to(problem.stored().scalarType());
      return Measured.of(problem, ToySignsCodec.packed(weight, scope.own(scales)));
    }
  }
}
