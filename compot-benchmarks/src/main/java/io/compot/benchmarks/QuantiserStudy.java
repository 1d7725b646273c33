package io.compot.benchmarks;

import io.compot.error.CompotException;
import io.compot.form.Form;
import io.compot.form.LowRankForm;
import io.compot.form.Packed;
import io.compot.form.SparseForm;
import io.compot.form.codec.DenseCodec;
import io.compot.method.CompressionMethod;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.lowrank.QuantisedLowRank;
import io.compot.method.lowrank.SvdLlmMethod;
import io.compot.method.sparse.CompotMethod;
import io.compot.method.sparse.QuantisedSparse;
import io.compot.quantise.Feedback;
import io.compot.quantise.Gptq;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.RangeRule;
import io.compot.quantise.RoundToNearest;
import io.compot.quantise.TrellisCode;
import io.compot.quantise.TrellisFormat;
import io.compot.quantise.TrellisInput;
import io.compot.quantise.TrellisMatrix;
import io.compot.quantise.TrellisQuantiser;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * What each quantiser does to a small model, all of its projections in the same width: bits a
 * weight as stored, mean KL divergence to the original on held-out text, and seconds.
 *
 * <pre>QuantiserStudy MODEL CALIBRATION HELD_OUT WINDOWS WAY ...
 * rtn:WIDTH:GROUP|row:symmetric|asymmetric:min-max|least-squares
 * gptq:(the same)
 * compot:WIDTH:GROUP:symmetric|asymmetric:RATIO   svd-llm:(the same)
 * compot:WIDTH:GROUP:symmetric|asymmetric:RATIO   svd-llm:(the same)
 * trellis:BITS[:SEQUENCE[:STATE_BITS:MULTIPLIER]]</pre>
 */
public final class QuantiserStudy {

  private final StudiedModel model;
  private final IdentityHashMap<Whitening, Feedback> feedback = new IdentityHashMap<>();
  private final IdentityHashMap<Whitening, TrellisInput> turned = new IdentityHashMap<>();
  private long bits;
  private long weights;

  private QuantiserStudy(StudiedModel model) {
    this.model = model;
  }

  public static void main(String[] arguments) throws CompotException, IOException {
    var model =
        new StudiedModel(
            Path.of(arguments[0]),
            Path.of(arguments[1]),
            Path.of(arguments[2]),
            Integer.parseInt(arguments[3]));
    System.out.printf(Locale.ROOT, "original: loss %.5f%n", model.loss);
    var study = new QuantiserStudy(model);
    for (int i = 4; i < arguments.length; i++) {
      study.measure(arguments[i]);
    }
  }

  private void measure(String way) throws CompotException {
    bits = 0;
    weights = 0;
    long start = System.nanoTime();
    Map<String, Packed> replaced = new HashMap<>();
    for (StudiedModel.Layer layer : model.layers) {
      replaced.put(layer.name(), quantised(layer, way));
    }
    double seconds = (System.nanoTime() - start) * 1e-9;
    StudiedModel.Quality quality = model.measure(replaced);
    replaced.values().forEach(Packed::close);
    System.out.printf(
        Locale.ROOT,
        "%-40s %.3f bits  KL %.5f  loss +%.5f  %.1f s%n",
        way,
        (double) bits / weights,
        quality.divergence(),
        quality.loss() - model.loss,
        seconds);
  }

  private Packed quantised(StudiedModel.Layer layer, String way) throws CompotException {
    String[] parts = way.split(":", -1);
    try (var scope = TensorScope.open()) {
      Tensor weight = model.weight(layer);
      weights += weight.numel();
      Tensor dense;
      if (parts[0].equals("trellis")) {
        int halfBits = (int) Math.round(2 * Double.parseDouble(parts[1]));
        TrellisFormat format = TrellisFormat.forRows(halfBits, weight.size(0));
        if (parts.length > 2) {
          format = TrellisFormat.of(halfBits, Integer.parseInt(parts[2]));
        }
        if (parts.length > 4) {
          var code = new TrellisCode(Integer.parseInt(parts[3]), Integer.parseInt(parts[4]));
          format = new TrellisFormat(halfBits, code, format.sequence());
        }
        try (TrellisMatrix found =
            TrellisQuantiser.quantise(layer.name(), weight, turned(layer), format, 1)) {
          bits += found.bits();
          dense = scope.keep(found.dense(Dtype.F32));
        }
      } else if (parts[0].equals("compot") || parts[0].equals("svd-llm")) {
        dense = scope.keep(factors(layer, weight, parts));
      } else {
        Grid grid = grid(parts, weight.size(1));
        RangeRule rule = RangeRule.valueOf(parts[4].toUpperCase(Locale.ROOT).replace('-', '_'));
        try (GroupedMatrix found =
            parts[0].equals("rtn")
                ? RoundToNearest.quantise(layer.name(), weight, grid, rule)
                : Gptq.quantise(layer.name(), weight, feedback(layer), grid, rule)) {
          bits += found.bits();
          dense = scope.keep(found.dense(Dtype.F32));
        }
      }
      return DenseCodec.packed(scope.own(dense.contiguous()));
    }
  }

  /** Factors of a ratio against 16 bits, then in few bits; multiplied out. */
  private Tensor factors(StudiedModel.Layer layer, Tensor weight, String[] parts)
      throws CompotException {
    long in = weight.size(1);
    long out = weight.size(0);
    var problem = new LayerProblem(layer.name(), weight, model.whitening(layer), Dtype.F32, 0);
    CompressionMethod method =
        parts[0].equals("compot") ? CompotMethod.paper() : new SvdLlmMethod();
    Form size = method.size(in, out, Dtype.BF16, Double.parseDouble(parts[4])).orElseThrow();
    Tensor gram = model.whitening(layer).gram();
    RangeRule rule = RangeRule.LEAST_SQUARES;
    try (Factorisation made = method.factorise(problem, size)) {
      Packed packed = made.factors();
      if (packed.form() instanceof SparseForm) {
        Grid values = grid(parts, Integer.parseInt(parts[2]));
        try (QuantisedSparse found =
            QuantisedSparse.of(
                layer.name(),
                packed,
                new QuantisedSparse.Goal(weight, gram, feedback(layer), null),
                grid(parts, in),
                values,
                rule)) {
          bits += found.bits();
          return found.dense(Dtype.F32);
        }
      }
      Grid left = grid(parts, ((LowRankForm) packed.form()).rank());
      try (QuantisedLowRank found =
          QuantisedLowRank.of(
              layer.name(), packed, weight, gram, feedback(layer), left, grid(parts, in), rule)) {
        bits += found.bits();
        return found.dense(Dtype.F32);
      }
    }
  }

  private static Grid grid(String[] parts, long in) {
    int group = parts[2].equals("row") ? Grid.ROW : Integer.parseInt(parts[2]);
    boolean symmetric = parts[3].equals("symmetric");
    return new Grid(Integer.parseInt(parts[1]), group, symmetric, Dtype.F16).fitting(in);
  }

  private Feedback feedback(StudiedModel.Layer layer) throws CompotException {
    Whitening whitening = model.whitening(layer);
    Feedback found = feedback.get(whitening);
    if (found == null) {
      try (var _ = TensorScope.open()) {
        found = Feedback.of(whitening.gram(), Feedback.Order.ACTIVITY, layer.name());
      }
      feedback.put(whitening, found);
    }
    return found;
  }

  private TrellisInput turned(StudiedModel.Layer layer) throws CompotException {
    Whitening whitening = model.whitening(layer);
    TrellisInput found = turned.get(whitening);
    if (found == null) {
      try (var _ = TensorScope.open()) {
        found = TrellisInput.of(whitening.gram(), 2, layer.name());
      }
      turned.put(whitening, found);
    }
    return found;
  }
}
