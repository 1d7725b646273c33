package io.compot.form.codec;

import io.compot.error.InputException;
import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.text.ConfigFile;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;

/**
 * All that the rest needs to know of one form: its name, its tensors, how it is written down, what
 * weight it stands for and how it is applied. Checkpoints, exports, inspection, work files, reports
 * and running models ask here and nowhere else. A codec has no state.
 *
 * @param <F> the form
 */
public interface FormCodec<F extends Form> {

  /** The form's name in files, such as {@code sparse}. */
  String id();

  /** The form's class, which no other codec has. */
  Class<F> type();

  /**
   * Names of parts of which every weight of this form has one, and tensors of ordinary checkpoints
   * none: by them a packed projection is known that nothing lists.
   */
  List<String> markers();

  /**
   * The tensors of a weight, which together have exactly the form's bits.
   *
   * @return names without the projection's, in the order of the file
   */
  List<TensorInfo> parts(F form, long in, long out);

  /**
   * What the numbers of parts say that their types and shapes do not; all floating-point numbers
   * are known to be finite.
   *
   * @return empty where all is well
   */
  default Optional<Fault> fault(F form, Packed packed) {
    return Optional.empty();
  }

  /**
   * The dense weight that it stands for.
   *
   * @return [out, in] in the given type, in the caller's scope
   */
  Tensor dense(F form, Packed packed, Dtype computation);

  /**
   * The weight made ready to be applied; by default multiplied out.
   *
   * @param packed stays the caller's, who may close it
   * @return owned by the caller
   */
  default Product product(F form, Packed packed, Dtype computation) {
    try (var scope = TensorScope.open()) {
      return new DenseProduct(scope.own(dense(form, packed, computation)));
    }
  }

  /**
   * Whether numbers, or scales of them, can be trained where they stand; by default they cannot.
   */
  default boolean trains(F form) {
    return false;
  }

  /**
   * The weight made ready to be trained.
   *
   * @param packed stays the caller's, who may close it
   * @return owned by the caller
   * @throws IllegalArgumentException where it does not {@link #trains}
   */
  default TrainedWeight trained(F form, Packed packed) {
    throw new IllegalArgumentException(form.words() + " cannot be trained");
  }

  /**
   * Writes all that makes this form, apart from {@link #id}.
   *
   * @param fields takes texts, numbers, truth values and maps of these
   */
  void write(F form, SequencedMap<String, Object> fields);

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws InputException naming the field that is missing or makes no sense
   */
  F read(ConfigFile fields) throws InputException;

  /**
   * Its size in numbers, the most telling first: k and s, or a rank. Names are unique to a form.
   */
  SequencedMap<String, Long> facts(F form);

  /**
   * What is wrong with a part.
   *
   * @param part its name without the projection's
   * @param problem in a few words
   */
  record Fault(String part, String problem) {}
}
