package io.compot.method.pruned;

import io.compot.form.Form;
import io.compot.form.MaskedForm;
import io.compot.method.CompressionMethod;
import io.compot.method.LayerProblem;
import io.compot.setting.Kind;
import io.compot.setting.Refused;
import io.compot.setting.Setting;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Which entries may stay: any of them, or n of every m neighbours of a row, as processors with
 * sparse products want them.
 *
 * @param kept n, or 0 where any may stay
 * @param of m, or 0
 */
public record Pattern(int kept, int of) {

  /** Any entries. */
  public static final Pattern FREE = new Pattern(0, 0);

  private static final int LARGEST = 64;
  private static final int PROBES = 8;

  /** How it is written. */
  private static final Kind<Pattern> KIND =
      new Kind<>() {
        @Override
        public Pattern parse(String written) throws Refused {
          String text = written.strip();
          if (text.equals("free")) {
            return FREE;
          }
          if (text.matches("[1-9]\\d?:[1-9]\\d?")) {
            int colon = text.indexOf(':');
            int kept = Integer.parseInt(text.substring(0, colon));
            int of = Integer.parseInt(text.substring(colon + 1));
            if (kept < of && of <= LARGEST) {
              return new Pattern(kept, of);
            }
          }
          throw new Refused(expected());
        }

        @Override
        public String write(Pattern value) {
          return value.isFree() ? "free" : value.kept + ":" + value.of;
        }

        @Override
        public String expected() {
          return "free, or N:M such as 2:4, with M at most " + LARGEST;
        }

        @Override
        public String label() {
          return "N:M";
        }
      };

  /** The setting of a method that has one. */
  static <M> Setting<M, Pattern> setting(Function<M, Pattern> get, BiFunction<M, Pattern, M> with) {
    return new Setting<>(
        "pattern",
        KIND,
        "Which entries stay: free, or N:M, which is N of every M neighbours of a row, and the size.",
        get,
        with);
  }

  /** Whether any entries may stay. */
  public boolean isFree() {
    return of == 0;
  }

  /** The largest form within a ratio; that of n of m is the only one. */
  Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
    if (isFree()) {
      return MaskedForm.within(in, out, dtype, ratio).map(Form.class::cast);
    }
    if (in % of != 0) {
      return Optional.empty();
    }
    var form = MaskedForm.plain(in / of * kept, dtype);
    double most = (1 - ratio) * in * out * dtype.bits();
    return form.bits(in, out) <= most ? Optional.of(form) : Optional.empty();
  }

  /** The sizes there are, where they are not those at each half percent. */
  List<Form> only(long in, long out, Dtype dtype) {
    return size(in, out, dtype, 0).stream()
        .filter(form -> form.bits(in, out) < in * out * dtype.bits())
        .toList();
  }

  /** Sizes at which errors are measured: some, and the largest, to which they fall steeply. */
  List<Form> probes(CompressionMethod method, LayerProblem problem) {
    List<Form> forms = method.forms(problem.in(), problem.out(), problem.stored());
    if (forms.size() <= PROBES) {
      return forms;
    }
    return IntStream.rangeClosed(0, PROBES - 1)
        .mapToObj(
            i -> forms.get(Math.toIntExact(Math.round(i * (forms.size() - 1.0) / (PROBES - 1)))))
        .toList();
  }

  /**
   * The entries of the highest scores.
   *
   * @param scores [rows, m]
   * @param kept of each row
   * @return [rows, m], of type Bool, in the caller's scope; of equal scores the first stay
   */
  static Tensor highest(Tensor scores, long kept) {
    try (var scope = TensorScope.open()) {
      Tensor best = torch.argsort(scores, true, 1, true).narrow(1, 0, kept);
      Tensor mask = torch.zeros_like(scores).scatter_(1, best, new Scalar(1.0));
      return scope.keep(mask.to(ScalarType.Bool));
    }
  }
}
