package io.compot;

import io.compot.ModelSummary.CompressionFacts;
import io.compot.ModelSummary.Projection;
import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.CompressionSection;
import io.compot.checkpoint.PackedFactors;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.form.Factors;
import io.compot.form.LowRankFactors;
import io.compot.form.SparseFactors;
import io.compot.model.Architecture;
import io.compot.model.SharedInput;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.NativeLibraries;
import io.compot.tokenizer.TextTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads and checks a checkpoint whole. */
final class Inspection {

  private Inspection() {}

  static ModelSummary of(Path folder) throws CompotException {
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      NativeLibraries.load();
      Architecture architecture = Architecture.of(checkpoint);
      Map<String, Long> dtypes = new TreeMap<>();
      long parameters = 0;
      long bytes = 0;
      for (String name : checkpoint.names()) {
        TensorInfo info = checkpoint.info(name);
        checkpoint.requireFinite(name);
        WeightSource.Stored stored = checkpoint.stored(name);
        dtypes.merge(stored.type(), stored.bytes(), Long::sum);
        bytes += stored.bytes();
        parameters += name.endsWith(".mask") ? 0 : info.elements();
      }
      if (checkpoint.hasTokenizer()) {
        try (TextTokenizer tokenizer = checkpoint.tokenizer()) {
          tokenizer.encode("text", false);
        }
      }
      return new ModelSummary(
          folder.toString(),
          architecture.family(),
          architecture.layers(),
          architecture.hiddenSize(),
          architecture.vocabularySize(),
          architecture.contextLength(),
          checkpoint.names().size(),
          parameters,
          bytes,
          dtypes,
          checkpoint.compression().map(Inspection::facts).orElse(null),
          projections(checkpoint, architecture));
    }
  }

  private static CompressionFacts facts(CompressionSection section) {
    return new CompressionFacts("compot", 1, section.method(), section.ratio());
  }

  private static List<Projection> projections(Checkpoint checkpoint, Architecture architecture)
      throws InputException {
    var projections = new ArrayList<Projection>();
    for (int block = 0; block < architecture.layers(); block++) {
      for (SharedInput input : architecture.projections(block)) {
        for (var projection : input.projections()) {
          projections.add(
              PackedFactors.isPacked(checkpoint, projection.name())
                  ? packed(checkpoint, projection)
                  : dense(checkpoint, projection));
        }
      }
    }
    return projections;
  }

  private static Projection dense(Checkpoint checkpoint, io.compot.model.Projection projection)
      throws InputException {
    WeightSource.Stored weight = checkpoint.stored(projection.name() + ".weight");
    long bits = weight.bytes() * 8;
    return new Projection(
        projection.name(),
        "dense",
        projection.in(),
        projection.out(),
        weight.type(),
        null,
        null,
        null,
        bits,
        bits);
  }

  private static Projection packed(Checkpoint checkpoint, io.compot.model.Projection projection)
      throws InputException {
    String name = projection.name();
    long in = projection.in();
    long out = projection.out();
    try (Factors factors = PackedFactors.read(checkpoint, name, in, out)) {
      String dtype = factors.dtype().name();
      long bits = factors.bits();
      long denseBits = in * out * factors.dtype().bits();
      return switch (factors) {
        case SparseFactors sparse ->
            new Projection(
                name,
                "sparse",
                in,
                out,
                dtype,
                sparse.k(),
                sparse.nonzeros(),
                null,
                bits,
                denseBits);
        case LowRankFactors low ->
            new Projection(
                name, "low-rank", in, out, dtype, null, null, low.rank(), bits, denseBits);
      };
    }
  }
}
