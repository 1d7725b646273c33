package io.compot.form.codec;

import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.TensorSink;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;

/**
 * Packed weights as named tensors of a file: a part of the weight of projection P is the tensor P,
 * a dot and the part's name.
 */
public final class PackedTensors {

  private static final String ADVICE =
      "the packed checkpoint is damaged or was made by another program: compress the model again";

  private PackedTensors() {}

  /** The tensors that a weight of this form is, for declaring them before they exist. */
  public static List<TensorInfo> of(String projection, Form form, long in, long out) {
    return Codecs.of(form).parts(in, out).stream()
        .map(part -> new TensorInfo(projection + "." + part.name(), part.dtype(), part.shape()))
        .toList();
  }

  /** Writes a weight under the names that {@link #of} declared. */
  public static void write(String projection, Packed packed, TensorSink sink)
      throws FailureException {
    for (var part : packed.parts().entrySet()) {
      sink.write(projection + "." + part.getKey(), part.getValue());
    }
  }

  /** Projections that have a tensor which only packed weights have. */
  public static SequencedSet<String> projections(WeightSource source) {
    var markers = Codecs.all().stream().flatMap(codec -> codec.markers().stream()).toList();
    var found = new TreeSet<String>();
    for (String name : source.names()) {
      for (String marker : markers) {
        if (name.endsWith("." + marker)) {
          found.add(name.substring(0, name.length() - marker.length() - 1));
        }
      }
    }
    return found;
  }

  /**
   * Checks that a source holds a weight of this form, by types and shapes.
   *
   * @throws InputException naming the tensor that is missing or another
   */
  public static void check(WeightSource source, String projection, Form form, long in, long out)
      throws InputException {
    List<TensorInfo> expected = of(projection, form, in, out);
    for (TensorInfo tensor : expected) {
      TensorInfo found = source.info(tensor.name());
      if (!found.equals(tensor)) {
        throw refuse(
            source,
            tensor.name(),
            "expected %s %s, found %s %s"
                .formatted(tensor.dtype(), tensor.shape(), found.dtype(), found.shape()));
      }
    }
    String weight = projection + ".weight";
    if (source.has(weight) && expected.stream().noneMatch(each -> each.name().equals(weight))) {
      throw refuse(source, weight, "it is there beside what replaces it");
    }
  }

  /**
   * Reads the weight of a projection, and looks at every number.
   *
   * @return owned by the caller, in memory of its own
   * @throws InputException naming the tensor whose type, shape, mask or numbers do not fit
   * @throws IllegalArgumentException where no weight of that shape can have this form
   */
  public static Packed read(WeightSource source, String projection, Form form, long in, long out)
      throws InputException {
    check(source, projection, form, in, out);
    try (var scope = TensorScope.open()) {
      SequencedMap<String, Tensor> parts = new LinkedHashMap<>();
      for (TensorInfo part : Codecs.of(form).parts(in, out)) {
        String name = projection + "." + part.name();
        Tensor read = part.dtype().isFloating() ? source.finiteTensor(name) : source.tensor(name);
        parts.put(part.name(), read);
      }
      var packed = new Packed(form, in, out, parts);
      Optional<FormCodec.Fault> fault = Codecs.of(form).fault(packed);
      if (fault.isPresent()) {
        throw refuse(source, projection + "." + fault.get().part(), fault.get().problem());
      }
      parts.values().forEach(scope::own);
      return packed;
    }
  }

  private static InputException refuse(WeightSource source, String name, String problem)
      throws InputException {
    return InputException.in(source.file(name), "tensor " + Shown.of(name), problem, ADVICE);
  }
}
