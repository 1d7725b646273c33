package io.compot.benchmarks;

import static org.bytedeco.pytorch.global.torch.eye;

import io.compot.error.CompotException;
import io.compot.quantise.Feedback;
import io.compot.quantise.Gptq;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.RangeRule;
import io.compot.quantise.Rotation;
import io.compot.quantise.RoundToNearest;
import io.compot.quantise.TrellisCode;
import io.compot.quantise.TrellisFormat;
import io.compot.quantise.TrellisInput;
import io.compot.quantise.TrellisMatrix;
import io.compot.quantise.TrellisQuantiser;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;

/**
 * Which part of a trellis code's gain each ingredient has: errors of the outputs, tr(E G Eᵀ) over
 * tr(W G Wᵀ), of layers whose files hold {@code weight} [out, in] and {@code hessian} [in, in].
 *
 * <pre>TrellisAblation FILE ...</pre>
 */
public final class TrellisAblation {

  private static final int[] STATE_BITS = {8, 10, 12, 14};

  private final Tensor weight;
  private final Tensor gram;
  private final double energy;

  private TrellisAblation(Tensor weight, Tensor gram) {
    this.weight = weight;
    this.gram = gram;
    this.energy = weight.to(gram.scalar_type()).mm(gram).mul_(weight).sum().item_double();
  }

  public static void main(String[] files) throws CompotException {
    for (String file : files) {
      try (var _ = TensorScope.open();
          var opened = SafetensorsFile.open(Path.of(file))) {
        var layer = new TrellisAblation(opened.tensor("weight"), opened.tensor("hessian"));
        System.out.printf("%s%n", Path.of(file).getFileName());
        for (int bits = 2; bits <= 4; bits++) {
          layer.measure(bits);
        }
      }
    }
  }

  private void measure(int bits) throws CompotException {
    show(bits, "nearest, grid of a row", nearest(weight, bits));
    show(bits, "+ feedback (GPTQ)", fed(weight, gram, bits));
    var inputs = new Rotation(weight.size(1), 2);
    var outputs = new Rotation(weight.size(0), 1);
    Tensor half = inputs.apply(weight).t().contiguous();
    Tensor turned = outputs.apply(half).t().contiguous();
    Tensor turnedGram = inputs.congruent(gram);
    var rotated = new TrellisAblation(turned, turnedGram);
    show(bits, "rotated, nearest", rotated.nearest(turned, bits));
    show(bits, "rotated, feedback", rotated.fed(turned, turnedGram, bits));
    Tensor none = eye(weight.size(1), gram.options());
    TrellisFormat format = TrellisFormat.forRows(2 * bits, weight.size(0));
    show(bits, "rotated, trellis without feedback", coded(none, format));
    for (int states : STATE_BITS) {
      int multiplier = format.code().multiplier();
      if (states > 12) {
        multiplier = (multiplier << (states - 12)) + 3;
      } else if (states < 12) {
        multiplier = (multiplier >> (12 - states)) | 1;
      }
      var code = new TrellisCode(states, multiplier);
      var other = new TrellisFormat(2 * bits, code, format.sequence());
      show(bits, "rotated, feedback, 2^" + states + " states", coded(gram, other));
    }
    var code = new TrellisCode(12, 0x5bd);
    var other = new TrellisFormat(2 * bits, code, format.sequence());
    show(bits, "the same 2^12, any multiplier", coded(gram, other));
  }

  private static void show(int bits, String what, double error) {
    System.out.printf(Locale.ROOT, "  %d bits  %-36s %.6f%n", bits, what, error);
  }

  private double nearest(Tensor matrix, int bits) throws CompotException {
    try (GroupedMatrix found =
        RoundToNearest.quantise("layer", matrix, grid(bits), RangeRule.LEAST_SQUARES)) {
      return error(found.dense(Dtype.F64));
    }
  }

  private double fed(Tensor matrix, Tensor metric, int bits) throws CompotException {
    try (Feedback feedback = Feedback.of(metric, Feedback.Order.ACTIVITY, "layer");
        GroupedMatrix found =
            Gptq.quantise("layer", matrix, feedback, grid(bits), RangeRule.LEAST_SQUARES)) {
      return error(found.dense(Dtype.F64));
    }
  }

  private double coded(Tensor metric, TrellisFormat format) throws CompotException {
    try (TrellisInput input = TrellisInput.of(metric, 2, "layer");
        TrellisMatrix found = TrellisQuantiser.quantise("layer", weight, input, format, 1)) {
      return error(found.dense(Dtype.F64));
    }
  }

  private static Grid grid(int bits) {
    return new Grid(bits, Grid.ROW, false, Dtype.F16);
  }

  private double error(Tensor dense) {
    Tensor off = dense.sub_(weight);
    return off.mm(gram).mul_(off).sum().item_double() / energy;
  }
}
