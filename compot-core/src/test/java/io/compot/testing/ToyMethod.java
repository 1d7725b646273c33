package io.compot.testing;

import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.method.CompressionMethod;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.MethodProvider;
import io.compot.method.Need;
import io.compot.method.lowrank.TruncatedSvdMethod;
import io.compot.setting.Kind;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import io.compot.tensor.Dtype;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A method from outside, of one setting, for tests of what finds methods: known only within {@link
 * #registered}.
 *
 * @param strength says nothing
 */
public record ToyMethod(int strength) implements CompressionMethod {

  /** What may be said of it. */
  public static final Schema<ToyMethod> SCHEMA =
      new Schema<>(
          "toy",
          "a method of a test",
          new ToyMethod(7),
          List.of(
              new Setting<>(
                  "strength",
                  new Kind.Whole(1),
                  "How strong the toy is.",
                  ToyMethod::strength,
                  (_, value) -> new ToyMethod(value))));

  /** The one line of the list. */
  public static final class Provider implements MethodProvider {
    @Override
    public List<Schema<? extends CompressionMethod>> methods() {
      return List.of(SCHEMA);
    }
  }

  /**
   * Does something while a service file names the method.
   *
   * @param folder an empty one, for the file
   */
  public static void registered(Path folder, Registered.Work work) throws Exception {
    Registered.during(folder, Map.of(MethodProvider.class, Provider.class), work);
  }

  @Override
  public Schema<ToyMethod> schema() {
    return SCHEMA;
  }

  @Override
  public Set<Need> needs() {
    return Set.of();
  }

  @Override
  public Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    return new TruncatedSvdMethod().size(in, out, dtype, ratio);
  }

  @Override
  public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
    return new TruncatedSvdMethod().factorise(problem, size);
  }
}
