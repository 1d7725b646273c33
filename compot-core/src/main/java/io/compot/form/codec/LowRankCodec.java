package io.compot.form.codec;

import io.compot.error.InputException;
import io.compot.form.LowRankForm;
import io.compot.form.Numbers;
import io.compot.form.Packed;
import io.compot.quantise.GroupedMatrix;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.text.ConfigFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** Two factors: {@code P.left} [out, r] and {@code P.right} [r, in]. */
public final class LowRankCodec implements FormCodec<LowRankForm> {

  /** The names of the factors. */
  public static final String LEFT = "left";

  public static final String RIGHT = "right";

  private static final String RANK = "rank";

  /**
   * Two factors in one plain type as a weight.
   *
   * @param left [out, r], handed over
   * @param right [r, in], handed over
   */
  public static Packed packed(Tensor left, Tensor right) {
    SequencedMap<String, Tensor> parts = new LinkedHashMap<>();
    parts.put(LEFT, left);
    parts.put(RIGHT, right);
    var form = LowRankForm.plain(right.size(0), Dtype.of(right));
    return new Packed(form, right.size(1), left.size(0), parts);
  }

  /**
   * Two factors on grids as a weight.
   *
   * @param left [out, r], handed over
   * @param right [r, in], handed over
   */
  public static Packed packed(GroupedMatrix left, GroupedMatrix right) {
    SequencedMap<String, Tensor> parts = new LinkedHashMap<>();
    StoredMatrix.put(parts, LEFT, left);
    StoredMatrix.put(parts, RIGHT, right);
    var form =
        new LowRankForm(
            right.out(), new Numbers.Grouped(left.grid()), new Numbers.Grouped(right.grid()));
    return new Packed(form, right.in(), left.out(), parts);
  }

  @Override
  public String id() {
    return "low-rank";
  }

  @Override
  public Class<LowRankForm> type() {
    return LowRankForm.class;
  }

  @Override
  public List<String> markers() {
    return StoredMatrix.markers(LEFT);
  }

  @Override
  public List<TensorInfo> parts(LowRankForm form, long in, long out) {
    return Stream.concat(left(form, out).parts().stream(), right(form, in).parts().stream())
        .toList();
  }

  @Override
  public Tensor dense(LowRankForm form, Packed packed, Dtype computation) {
    try (var scope = TensorScope.open()) {
      return scope.keep(
          left(form, packed.out())
              .numbers(packed, computation)
              .mm(right(form, packed.in()).numbers(packed, computation)));
    }
  }

  @Override
  public Product product(LowRankForm form, Packed packed, Dtype computation) {
    return new LowRankProduct(
        left(form, packed.out()).product(packed, computation),
        right(form, packed.in()).product(packed, computation));
  }

  @Override
  public boolean trains(LowRankForm form) {
    return TrainedMatrix.trains(form.left()) && TrainedMatrix.trains(form.right());
  }

  @Override
  public TrainedWeight trained(LowRankForm form, Packed packed) {
    if (!trains(form)) {
      return FormCodec.super.trained(form, packed);
    }
    return new TrainedFactors(
        TrainedMatrix.of(left(form, packed.out()), packed),
        TrainedMatrix.of(right(form, packed.in()), packed));
  }

  @Override
  public void write(LowRankForm form, SequencedMap<String, Object> fields) {
    fields.put(RANK, form.rank());
    fields.put(LEFT, StoredMatrix.write(form.left()));
    fields.put(RIGHT, StoredMatrix.write(form.right()));
  }

  @Override
  public LowRankForm read(ConfigFile fields) throws InputException {
    return new LowRankForm(
        fields.positiveLong(RANK),
        StoredMatrix.read(fields.object(LEFT)),
        StoredMatrix.read(fields.object(RIGHT)));
  }

  @Override
  public SequencedMap<String, Long> facts(LowRankForm form) {
    var facts = new LinkedHashMap<String, Long>();
    facts.put(RANK, form.rank());
    return facts;
  }

  private static StoredMatrix left(LowRankForm form, long out) {
    return new StoredMatrix(LEFT, form.left(), List.of(out, form.rank()));
  }

  private static StoredMatrix right(LowRankForm form, long in) {
    return new StoredMatrix(RIGHT, form.right(), List.of(form.rank(), in));
  }
}
