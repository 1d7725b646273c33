package io.compot.form.codec;

import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.ServiceLoader;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * The one list of forms: what is not in it can be neither written nor read nor run. Others on the
 * class path add theirs as {@link ServiceLoader} describes; they are looked for only where a form
 * is none of this project's.
 */
public final class Codecs {

  private static final List<FormCodec<?>> OWN =
      List.of(
          new DenseCodec(),
          new LowRankCodec(),
          new SparseCodec(),
          new MaskedCodec(),
          new SumCodec());

  private Codecs() {}

  /** This project's codecs, and behind them those that services provide. */
  public static List<FormCodec<?>> all() {
    return Stream.concat(OWN.stream(), provided()).toList();
  }

  private static Stream<FormCodec<?>> provided() {
    return ServiceLoader.load(FormCodec.class).stream()
        .<FormCodec<?>>map(ServiceLoader.Provider::get);
  }

  private static Optional<FormCodec<?>> first(Predicate<FormCodec<?>> wanted) {
    return OWN.stream().filter(wanted).findFirst().or(() -> provided().filter(wanted).findFirst());
  }

  /** The codec whose form has this name in files. */
  static Optional<FormCodec<?>> named(String id) {
    return first(codec -> codec.id().equals(id));
  }

  /** A form together with its codec. */
  static Known<?> of(Form form) {
    return first(codec -> codec.type() == form.getClass())
        .map(codec -> Known.of(codec, form))
        .orElseThrow(() -> new IllegalArgumentException("no codec for " + form));
  }

  /** The form's name in files and for people: dense, low-rank, sparse, ... */
  public static String id(Form form) {
    return of(form).codec().id();
  }

  /** Its size in numbers, the most telling first. */
  public static SequencedMap<String, Long> facts(Form form) {
    return of(form).facts();
  }

  /** Exact bits by what they hold, in the order of the file; names are those on disk. */
  public static SequencedMap<String, Long> bitsByPart(Form form, long in, long out) {
    var bits = new LinkedHashMap<String, Long>();
    for (TensorInfo part : of(form).parts(in, out)) {
      bits.put(part.name(), part.bytes() * Byte.SIZE);
    }
    return bits;
  }

  /** The type of the first numbers of a form, in which its dense weight is as precise. */
  public static Dtype denseType(Form form, long in, long out) {
    return of(form).parts(in, out).stream()
        .map(TensorInfo::dtype)
        .filter(Dtype::isFloating)
        .findFirst()
        .orElse(Dtype.F32);
  }

  /**
   * The dense weight that a packed one stands for.
   *
   * @return [out, in] in the given type, in the caller's scope
   */
  public static Tensor dense(Packed packed, Dtype computation) {
    return of(packed.form()).dense(packed, computation);
  }

  /**
   * A packed weight made ready to be applied.
   *
   * @param packed stays the caller's, who may close it
   * @return owned by the caller
   */
  public static Product product(Packed packed, Dtype computation) {
    return of(packed.form()).product(packed, computation);
  }

  /** Whether the numbers of a weight of this form can be trained where they stand. */
  public static boolean trains(Form form) {
    return of(form).trains();
  }

  /**
   * A packed weight made ready to be trained.
   *
   * @param packed stays the caller's, who may close it
   * @return owned by the caller
   * @throws IllegalArgumentException where the form cannot be trained
   */
  public static TrainedWeight trained(Packed packed) {
    return of(packed.form()).trained(packed);
  }

  /** A form whose codec is at hand. */
  record Known<F extends Form>(FormCodec<F> codec, F form) {

    static <F extends Form> Known<F> of(FormCodec<F> codec, Form form) {
      return new Known<>(codec, codec.type().cast(form));
    }

    List<TensorInfo> parts(long in, long out) {
      return codec.parts(form, in, out);
    }

    Optional<FormCodec.Fault> fault(Packed packed) {
      return codec.fault(form, packed);
    }

    Tensor dense(Packed packed, Dtype computation) {
      return codec.dense(form, packed, computation);
    }

    Product product(Packed packed, Dtype computation) {
      return codec.product(form, packed, computation);
    }

    boolean trains() {
      return codec.trains(form);
    }

    TrainedWeight trained(Packed packed) {
      return codec.trained(form, packed);
    }

    SequencedMap<String, Long> facts() {
      return codec.facts(form);
    }

    void write(SequencedMap<String, Object> fields) {
      codec.write(form, fields);
    }
  }
}
