package io.compot.quantise;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.error.FailureException;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Trellis codes with incoherence and feedback (QTIP): the weight is turned on both sides, its
 * columns are coded one after another, each as rings of {@link TrellisFormat#sequence} rows, after
 * the errors of the earlier ones were made good in it (see {@link Feedback}). Rings run along the
 * rows, so that feedback stays from column to column. Rings of the same column do not touch one
 * another: panels of rows go through a block of columns in parallel.
 */
public final class TrellisQuantiser {

  private final TrellisFormat format;
  private final int out;
  private final float scale;
  private final float[] values;
  private final MemorySegment weights;
  private final MemorySegment errors;
  private final MemorySegment codes;

  private TrellisQuantiser(
      TrellisFormat format, float scale, Tensor columns, Tensor errors, Tensor codes) {
    this.format = format;
    this.out = Math.toIntExact(columns.size(1));
    this.scale = scale;
    this.values = format.code().values();
    this.weights = NativeMemory.bytes(columns);
    this.errors = NativeMemory.bytes(errors);
    this.codes = NativeMemory.bytes(codes);
  }

  /**
   * Codes a weight.
   *
   * @param name the projection, for messages
   * @param weight [out, in], any floating type
   * @param input of the projection
   * @param seed of the outputs' rotation
   * @throws FailureException where weights are not finite
   */
  public static TrellisMatrix quantise(
      String name, Tensor weight, TrellisInput input, TrellisFormat format, long seed)
      throws FailureException {
    try (var scope = TensorScope.open()) {
      if (!Double.isFinite(weight.abs().amax().item_double())) {
        throw new FailureException(
            name + ": the weight has NaN or infinite entries; exclude this projection");
      }
      long out = weight.size(0);
      long in = weight.size(1);
      var outputs = new Rotation(out, seed);
      Tensor half = input.rotation().apply(weight.to(ScalarType.Float)).t().contiguous();
      Tensor columns = outputs.apply(half);
      double deviation = columns.square().mean().sqrt().item_double();
      float scale = deviation > 0 ? (float) (deviation * format.spread()) : 1;
      Tensor errors = columns.new_zeros(in, out);
      Tensor codes =
          zeros(new long[] {in, format.columnWords(out)}, new TensorOptions(ScalarType.Int));
      var work = new TrellisQuantiser(format, scale, columns, errors, codes);
      Feedback feedback = input.feedback();
      for (long from = 0; from < in; from += Gptq.BLOCK) {
        try (var _ = TensorScope.open()) {
          long count = Math.min(Gptq.BLOCK, in - from);
          Tensor targets = Gptq.targets(feedback, columns, errors, from, count);
          Tensor within = feedback.upper().narrow(0, from, count).narrow(1, from, count);
          work.block(targets, within.contiguous(), Math.toIntExact(from));
        }
      }
      float fitted = scale * fit(columns, errors, feedback);
      return new TrellisMatrix(format, out, scope.own(codes), fitted, outputs, input.rotation());
    }
  }

  /** The factor of Q with the least error of the outputs, tr(W H Qᵀ) / tr(Q H Qᵀ). */
  private static float fit(Tensor columns, Tensor errors, Feedback feedback) {
    try (var _ = TensorScope.open()) {
      Tensor roots = feedback.costs().sqrt().to(ScalarType.Float);
      Tensor root = feedback.upper().mul(roots).t();
      Tensor coded = root.mm(columns.sub(errors));
      Tensor exact = root.mm(columns);
      double along = exact.mul(coded).sum().item_double();
      double energy = coded.square().sum().item_double();
      return along > 0 ? (float) (along / energy) : 0;
    }
  }

  private void block(Tensor targets, Tensor within, int from) {
    int count = Math.toIntExact(targets.size(0));
    float[] upper = NativeMemory.bytes(within).toArray(JAVA_FLOAT);
    MemorySegment wanted = NativeMemory.bytes(targets);
    Gptq.forPanels(
        out, format.sequence(), (first, rows) -> ring(wanted, upper, from, count, first, rows));
  }

  /** One ring in each column of a block. */
  private void ring(MemorySegment wanted, float[] upper, int from, int count, int first, int rows) {
    var viterbi = new Viterbi(format, rows);
    float[][] target = new float[count][rows];
    for (int j = 0; j < count; j++) {
      MemorySegment.copy(wanted, JAVA_FLOAT, at(j, first), target[j], 0, rows);
    }
    float[] weight = new float[rows];
    float[] scaled = new float[rows];
    float[] error = new float[rows];
    int[] states = new int[rows];
    int words = format.words(rows);
    for (int j = 0; j < count; j++) {
      MemorySegment.copy(weights, JAVA_FLOAT, at(from + j, first), weight, 0, rows);
      for (int r = 0; r < rows; r++) {
        scaled[r] = target[j][r] / scale;
      }
      viterbi.encode(scaled, rows, states);
      for (int r = 0; r < rows; r++) {
        error[r] = weight[r] - scale * values[states[r]];
      }
      for (int k = j + 1; k < count; k++) {
        GridPanels.add(target[k], error, upper[j * count + k]);
      }
      MemorySegment.copy(error, 0, errors, JAVA_FLOAT, at(from + j, first), rows);
      int[] packed = new int[words];
      Rings.pack(format, states, rows, packed, 0);
      long column = (long) (from + j) * format.columnWords(out);
      long place = column + (long) first / format.sequence() * format.words(format.sequence());
      MemorySegment.copy(packed, 0, codes, JAVA_INT, place * Integer.BYTES, words);
    }
  }

  private long at(int column, int row) {
    return ((long) column * out + row) * Float.BYTES;
  }
}
