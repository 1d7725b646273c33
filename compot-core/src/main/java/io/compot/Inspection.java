package io.compot;

import io.compot.ModelSummary.CompressionFacts;
import io.compot.ModelSummary.StoredProjection;
import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.CompressionSection;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.form.Form;
import io.compot.form.codec.Codecs;
import io.compot.form.codec.PackedTensors;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.Stack;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeLibraries;
import io.compot.tokenizer.TextTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
      Set<String> parts = new HashSet<>();
      for (var each : all(architecture)) {
        Form form = checkpoint.packed().get(each.name());
        if (form != null) {
          parameters += form.numbers(each.in(), each.out());
          PackedTensors.of(each.name(), form, each.in(), each.out())
              .forEach(part -> parts.add(part.name()));
        }
      }
      long bytes = 0;
      for (String name : checkpoint.names()) {
        TensorInfo info = checkpoint.info(name);
        checkpoint.requireFinite(name);
        WeightSource.Stored stored = checkpoint.stored(name);
        dtypes.merge(stored.type(), stored.bytes(), Long::sum);
        bytes += stored.bytes();
        parameters += parts.contains(name) ? 0 : info.elements();
      }
      if (checkpoint.hasTokenizer()) {
        try (TextTokenizer tokenizer = checkpoint.tokenizer()) {
          tokenizer.encode("text", false);
        }
      }
      return new ModelSummary(
          folder.toString(),
          architecture.family(),
          architecture.stacks().stream().mapToInt(Stack::blocks).sum(),
          architecture.decoder().width(),
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
    return new CompressionFacts(
        CompressionSection.FORMAT, section.version(), section.method(), section.ratio());
  }

  private static List<Projection> all(Architecture architecture) {
    return architecture.projections().flatMap(input -> input.projections().stream()).toList();
  }

  private static List<StoredProjection> projections(
      Checkpoint checkpoint, Architecture architecture) throws InputException {
    var projections = new ArrayList<StoredProjection>();
    for (var projection : all(architecture)) {
      Form form = checkpoint.packed().get(projection.name());
      projections.add(
          form != null ? packed(checkpoint, projection, form) : dense(checkpoint, projection));
    }
    return projections;
  }

  private static StoredProjection dense(Checkpoint checkpoint, Projection projection)
      throws InputException {
    WeightSource.Stored weight = checkpoint.stored(projection.weightName());
    long bits = weight.bytes() * 8;
    return new StoredProjection(
        projection.name(),
        "dense",
        "",
        Map.of(),
        projection.in(),
        projection.out(),
        weight.type(),
        bits,
        bits);
  }

  private static StoredProjection packed(Checkpoint checkpoint, Projection projection, Form form)
      throws InputException {
    long in = projection.in();
    long out = projection.out();
    PackedTensors.read(checkpoint, projection.name(), form, in, out).close();
    Dtype dtype = Codecs.denseType(form, in, out);
    return new StoredProjection(
        projection.name(),
        Codecs.id(form),
        form.words(),
        Codecs.facts(form),
        in,
        out,
        dtype.name(),
        form.bits(in, out),
        in * out * dtype.bits());
  }
}
