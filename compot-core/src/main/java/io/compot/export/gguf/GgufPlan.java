package io.compot.export.gguf;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.export.MergedWeights;
import io.compot.form.DenseForm;
import io.compot.form.Numbers;
import io.compot.form.Packed;
import io.compot.form.codec.DenseCodec;
import io.compot.gguf.GgufTensor;
import io.compot.gguf.GgufValue;
import io.compot.gguf.block.BlockType;
import io.compot.gguf.block.GridBlocks;
import io.compot.gguf.model.HeadRows;
import io.compot.gguf.model.ModelMetadata;
import io.compot.gguf.model.TensorNames;
import io.compot.gguf.model.TypeMix;
import io.compot.model.Architecture;
import io.compot.model.TensorSpec;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * All of a GGUF file but its numbers, known before any work.
 *
 * @param keys the metadata
 * @param tensors by their names in the file
 * @param hubNames Hugging Face's name of each tensor that a model has
 * @param grids the tensors, by their names in the file, that keep the codes they have
 * @param heads how rows of queries and keys stand in the file, where it is not as they are
 * @param divisors what rotary frequencies are divided by, where that is a tensor
 */
record GgufPlan(
    SequencedMap<String, GgufValue> keys,
    Map<String, GgufTensor> tensors,
    Map<String, String> hubNames,
    Map<String, BlockType> grids,
    Optional<HeadRows> heads,
    Optional<float[]> divisors) {

  static final String ROPE_DIVISORS = "rope_freqs.weight";

  /** A plan; whatever has no place in the format is refused here. */
  static GgufPlan of(
      GgufExport settings, Checkpoint checkpoint, Architecture architecture, MergedWeights weights)
      throws InputException {
    var metadata = new ModelMetadata(checkpoint.config().file(), checkpoint.config().tree());
    Optional<HeadRows> heads = metadata.heads(metadata.architecture());
    if (!architecture.decoder().widths().blocks().isEmpty()) {
      throw InputException.in(
          checkpoint.config().file(),
          "compression.widths",
          "blocks of different widths have no place in a GGUF file",
          "run the model with Compot");
    }
    Optional<float[]> divisors = metadata.ropeDivisors();
    TypeMix mix = settings.type();
    Map<String, String> hubNames = hubNames(architecture, checkpoint.folder());
    Map<String, BlockType> grids = grids(hubNames, weights);
    boolean tied = !hubNames.containsValue("lm_head.weight");
    var tensors = new LinkedHashMap<String, GgufTensor>();
    divisors.ifPresent(numbers ->
        tensors.put(
            ROPE_DIVISORS,
            GgufTensor.of(ROPE_DIVISORS, BlockType.F32, List.of((long) numbers.length))));
    boolean quantised = mix.isQuantised() || !grids.isEmpty();
    for (var each : hubNames.entrySet()) {
      List<Long> shape = weights.info(each.getValue()).shape();
      BlockType rounded = mix.type(each.getKey(), shape, architecture.decoder().blocks(), tied);
      BlockType type = grids.getOrDefault(each.getKey(), rounded);
      tensors.put(each.getKey(), GgufTensor.of(each.getKey(), type, shape));
    }
    SequencedMap<String, GgufValue> keys =
        metadata.keys(name(checkpoint.folder()), mix.fileType(), quantised);
    boolean tokenizer = settings.tokenizer() == GgufExport.Tokenizer.WITH;
    new GgufTokenizerKeys(checkpoint, architecture.vocabularySize(), tokenizer).put(keys);
    return new GgufPlan(keys, tensors, hubNames, grids, heads, divisors);
  }

  /** Bytes of all tensors. */
  long bytes() {
    return tensors.values().stream().mapToLong(GgufTensor::bytes).sum();
  }

  /** Weights of all tensors. */
  long elements() {
    return tensors.values().stream().mapToLong(GgufTensor::elements).sum();
  }

  /** Hugging Face's name of every tensor by its name in the file. */
  private static Map<String, String> hubNames(Architecture architecture, Path model)
      throws InputException {
    var names = new LinkedHashMap<String, String>();
    var seen = new TreeSet<String>();
    for (TensorSpec spec : (Iterable<TensorSpec>) architecture.tensors()::iterator) {
      if (seen.add(spec.name())) {
        String there =
            TensorNames.toGguf(spec.name())
                .orElseThrow(() ->
                    InputException.in(
                        model,
                        "tensor " + spec.name(),
                        "GGUF files have no name for it",
                        "use --format dense"));
        names.put(there, spec.name());
      }
    }
    return names;
  }

  private static Map<String, BlockType> grids(Map<String, String> hubNames, MergedWeights weights)
      throws InputException {
    var grids = new LinkedHashMap<String, BlockType>();
    for (var each : hubNames.entrySet()) {
      if (weights.form(each.getValue()).orElse(null) instanceof DenseForm(Numbers numbers)
          && numbers instanceof Numbers.Grouped(Grid grid)) {
        long group = grid.groupIn(weights.info(each.getValue()).shape().getLast());
        Optional<BlockType> type = GridBlocks.type(grid.width(), grid.symmetric(), group);
        if (type.isPresent() && scalesHold(weights, each.getValue())) {
          grids.put(each.getKey(), type.get());
        }
      }
    }
    return grids;
  }

  /** Whether half precision, which is what blocks have, holds all scales of a weight. */
  private static boolean scalesHold(MergedWeights weights, String name) throws InputException {
    try (var _ = TensorScope.open();
        Packed packed = weights.read(name).orElseThrow()) {
      for (float scale : scales(DenseCodec.grouped(packed).orElseThrow())) {
        if (!GridBlocks.holds(scale)) {
          return false;
        }
      }
      return true;
    }
  }

  /** Scales in single precision. */
  static float[] scales(GroupedMatrix matrix) {
    return NativeMemory.bytes(matrix.scales().to(ScalarType.Float).contiguous())
        .toArray(ValueLayout.JAVA_FLOAT);
  }

  private static String name(Path model) {
    Path name = model.toAbsolutePath().normalize().getFileName();
    return name == null ? "model" : name.toString().replaceAll("\\.gguf$", "");
  }
}
