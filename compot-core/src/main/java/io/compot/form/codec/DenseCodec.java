package io.compot.form.codec;

import io.compot.error.InputException;
import io.compot.form.DenseForm;
import io.compot.form.Numbers;
import io.compot.form.Packed;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.TrellisMatrix;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.text.ConfigFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;

/** A whole weight: {@code P.weight}, as an ordinary checkpoint has it, in numbers of any kind. */
public final class DenseCodec implements FormCodec<DenseForm> {

  private static final String WEIGHT = "weight";

  /**
   * A weight in a plain type, which need not be the source's.
   *
   * @param weight [out, in], handed over
   */
  public static Packed packed(Tensor weight) {
    SequencedMap<String, Tensor> parts = new LinkedHashMap<>();
    parts.put(WEIGHT, weight);
    var form = new DenseForm(new Numbers.Plain(Dtype.of(weight)));
    return new Packed(form, weight.size(1), weight.size(0), parts);
  }

  /**
   * A weight on a grid.
   *
   * @param matrix [out, in], handed over
   */
  public static Packed packed(GroupedMatrix matrix) {
    SequencedMap<String, Tensor> parts = new LinkedHashMap<>();
    StoredMatrix.put(parts, WEIGHT, matrix);
    var form = new DenseForm(new Numbers.Grouped(matrix.grid()));
    return new Packed(form, matrix.in(), matrix.out(), parts);
  }

  /**
   * The matrix on a grid that a packed weight is; empty where it is none.
   *
   * @return shares the weight's tensors and is closed with it
   */
  public static Optional<GroupedMatrix> grouped(Packed packed) {
    return packed.form() instanceof DenseForm form
            && form.numbers() instanceof Numbers.Grouped(Grid grid)
        ? Optional.of(weight(form, packed.in(), packed.out()).grouped(packed, grid))
        : Optional.empty();
  }

  /**
   * A weight of trellis codes.
   *
   * @param matrix [out, in], handed over
   */
  public static Packed packed(TrellisMatrix matrix) {
    SequencedMap<String, Tensor> parts = new LinkedHashMap<>();
    StoredMatrix.put(parts, WEIGHT, matrix);
    var form = new DenseForm(new Numbers.Trellis(matrix.format()));
    return new Packed(form, matrix.in(), matrix.out(), parts);
  }

  @Override
  public String id() {
    return "dense";
  }

  @Override
  public Class<DenseForm> type() {
    return DenseForm.class;
  }

  @Override
  public List<String> markers() {
    return StoredMatrix.markers(WEIGHT).stream().filter(name -> !name.equals(WEIGHT)).toList();
  }

  @Override
  public List<TensorInfo> parts(DenseForm form, long in, long out) {
    return weight(form, in, out).parts();
  }

  @Override
  public Tensor dense(DenseForm form, Packed packed, Dtype computation) {
    return weight(form, packed.in(), packed.out()).numbers(packed, computation);
  }

  @Override
  public Product product(DenseForm form, Packed packed, Dtype computation) {
    return weight(form, packed.in(), packed.out()).product(packed, computation);
  }

  @Override
  public boolean trains(DenseForm form) {
    return TrainedMatrix.trains(form.numbers());
  }

  @Override
  public TrainedWeight trained(DenseForm form, Packed packed) {
    return trains(form)
        ? new TrainedWhole(TrainedMatrix.of(weight(form, packed.in(), packed.out()), packed))
        : FormCodec.super.trained(form, packed);
  }

  @Override
  public void write(DenseForm form, SequencedMap<String, Object> fields) {
    fields.put(WEIGHT, StoredMatrix.write(form.numbers()));
  }

  @Override
  public DenseForm read(ConfigFile fields) throws InputException {
    return new DenseForm(StoredMatrix.read(fields.object(WEIGHT)));
  }

  @Override
  public SequencedMap<String, Long> facts(DenseForm form) {
    return new LinkedHashMap<>();
  }

  private static StoredMatrix weight(DenseForm form, long in, long out) {
    return new StoredMatrix(WEIGHT, form.numbers(), List.of(out, in));
  }
}
