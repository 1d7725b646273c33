package io.compot.export.gguf;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.export.MergedWeights;
import io.compot.form.DenseForm;
import io.compot.form.Form;
import io.compot.form.Numbers;
import io.compot.form.Packed;
import io.compot.form.codec.DenseCodec;
import io.compot.gguf.GgufTensor;
import io.compot.gguf.GgufValue;
import io.compot.gguf.GgufWriter;
import io.compot.gguf.block.BlockType;
import io.compot.gguf.block.GridBlocks;
import io.compot.gguf.model.GgufFamily;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * All of a GGUF file but its numbers, known before any work.
 *
 * @param keys the metadata
 * @param tensors by their names in the file
 * @param hubNames Hugging Face's names of what each tensor is made of: one, or those of all experts
 * @param leftOut how many tensors of the model are in no file of a language model
 * @param grids the tensors, by their names in the file, that keep the codes they have
 * @param family how llama.cpp has it
 * @param heads how rows of queries and keys stand in the file, where it is not as they are
 * @param rotary numbers about positions that are tensors
 */
record GgufPlan(
    SequencedMap<String, GgufValue> keys,
    Map<String, GgufTensor> tensors,
    Map<String, List<String>> hubNames,
    int leftOut,
    Map<String, BlockType> grids,
    GgufFamily family,
    Optional<HeadRows> heads,
    Map<String, float[]> rotary) {

  private static final String EMBEDDING = "token_embd.weight";
  private static final String OUTPUT = "output.weight";

  /** A plan; whatever has no place in the format is refused here. */
  static GgufPlan of(
      GgufExport settings, Checkpoint checkpoint, Architecture architecture, MergedWeights weights)
      throws InputException {
    var metadata = new ModelMetadata(checkpoint.config().file(), checkpoint.config().tree());
    GgufFamily family = metadata.family();
    if (!architecture.decoder().widths().blocks().isEmpty()) {
      throw InputException.in(
          checkpoint.config().file(),
          "compression.widths",
          "blocks of different widths have no place in a GGUF file",
          "run the model with Compot");
    }
    Map<String, float[]> rotary = metadata.rotaryTensors();
    TypeMix mix = settings.type();
    Map<String, List<String>> hubNames = hubNames(family, architecture, checkpoint.folder());
    Map<String, BlockType> grids = grids(hubNames, weights);
    boolean tied = !hubNames.containsKey(OUTPUT);
    if (tied && family.has(GgufFamily.Trait.OWN_OUTPUT)) {
      hubNames.put(OUTPUT, Objects.requireNonNull(hubNames.get(EMBEDDING)));
      tied = false;
    }
    var tensors = new LinkedHashMap<String, GgufTensor>();
    rotary.forEach((name, numbers) ->
        tensors.put(name, GgufTensor.of(name, BlockType.F32, List.of((long) numbers.length))));
    boolean quantised = mix.isQuantised() || !grids.isEmpty();
    for (var each : hubNames.entrySet()) {
      List<Long> shape = shape(each.getKey(), each.getValue(), weights);
      BlockType rounded = mix.type(each.getKey(), shape, architecture.decoder().blocks(), tied);
      BlockType type = grids.getOrDefault(each.getKey(), rounded);
      tensors.put(each.getKey(), GgufTensor.of(each.getKey(), type, shape));
    }
    GgufTokenizerKeys tokenizer =
        new GgufTokenizerKeys(
            checkpoint,
            architecture.vocabularySize(),
            settings.tokenizer() == GgufExport.Tokenizer.WITH);
    SequencedMap<String, GgufValue> keys =
        metadata.keys(
            settings.name().orElse(name(checkpoint.folder())),
            mix.fileType(),
            quantised,
            tokenizer.file().isPresent());
    tokenizer.put(keys);
    int leftOut =
        (int) architecture.tensors().filter(each -> family.leavesOut(each.name())).count();
    return new GgufPlan(keys, tensors, hubNames, leftOut, grids, family, metadata.heads(), rotary);
  }

  /** Experts stand one after another; what is one row is a vector. */
  private static List<Long> shape(String name, List<String> parts, MergedWeights weights)
      throws InputException {
    List<Long> shape = weights.info(parts.getFirst()).shape();
    if (name.endsWith("_shexp.weight") && shape.getFirst() == 1) {
      return List.of(shape.getLast());
    }
    return parts.size() == 1 && !name.endsWith("_exps.weight")
        ? shape
        : List.of((long) parts.size(), shape.getFirst(), shape.getLast());
  }

  /**
   * Bytes of the whole file where some weights will be on grids.
   *
   * @param forms by the checkpoint's names without {@code .weight}
   */
  long fileBytes(Map<String, Form> forms) {
    var sized = new ArrayList<GgufTensor>();
    for (GgufTensor tensor : tensors.values()) {
      List<Optional<BlockType>> types =
          parts(tensor).stream()
              .map(part -> grid(Optional.ofNullable(forms.get(base(part))), tensor.columns()))
              .distinct()
              .toList();
      BlockType type = types.size() == 1 ? types.getFirst().orElse(tensor.type()) : tensor.type();
      sized.add(GgufTensor.of(tensor.name(), type, tensor.shape()));
    }
    return GgufWriter.bytes(keys, sized);
  }

  /** Bytes of the whole file. */
  long fileBytes() {
    return GgufWriter.bytes(keys, List.copyOf(tensors.values()));
  }

  /** Hugging Face's names of what a tensor is made of; none of what no model has. */
  List<String> parts(GgufTensor tensor) {
    return hubNames.getOrDefault(tensor.name(), List.of());
  }

  private static String base(String weight) {
    return weight.replaceAll("\\.weight$", "");
  }

  /** Bytes of all tensors. */
  long bytes() {
    return tensors.values().stream().mapToLong(GgufTensor::bytes).sum();
  }

  /** Weights of all tensors. */
  long elements() {
    return tensors.values().stream().mapToLong(GgufTensor::elements).sum();
  }

  /** What every tensor of the file is made of, by its name there. */
  private static Map<String, List<String>> hubNames(
      GgufFamily family, Architecture architecture, Path model) throws InputException {
    var names = new LinkedHashMap<String, List<String>>();
    var seen = new TreeSet<String>();
    for (TensorSpec spec : (Iterable<TensorSpec>) architecture.tensors()::iterator) {
      if (!family.leavesOut(spec.name()) && seen.add(spec.name())) {
        TensorNames.Place there =
            family
                .names()
                .toGguf(spec.name())
                .orElseThrow(() ->
                    InputException.in(
                        model,
                        "tensor " + spec.name(),
                        "llama.cpp's " + family.architecture() + " has no place for it",
                        "use --format dense"));
        List<String> parts = names.computeIfAbsent(there.name(), _ -> new ArrayList<>());
        if (there.expert().orElse(0) != parts.size()) {
          throw new IllegalStateException(spec.name() + ": experts come in their order");
        }
        parts.add(spec.name());
      }
    }
    return names;
  }

  private static Map<String, BlockType> grids(
      Map<String, List<String>> hubNames, MergedWeights weights) throws InputException {
    var grids = new LinkedHashMap<String, BlockType>();
    for (var each : hubNames.entrySet()) {
      Optional<BlockType> first = grid(each.getValue().getFirst(), weights);
      boolean all = first.isPresent();
      for (String part : each.getValue()) {
        all = all && grid(part, weights).equals(first) && scalesHold(weights, part);
      }
      if (all) {
        grids.put(each.getKey(), first.orElseThrow());
      }
    }
    return grids;
  }

  /** The type of blocks that a weight's codes are. */
  private static Optional<BlockType> grid(String name, MergedWeights weights)
      throws InputException {
    return grid(weights.form(name), weights.info(name).shape().getLast());
  }

  private static Optional<BlockType> grid(Optional<Form> form, long columns) {
    return form.orElse(null) instanceof DenseForm(Numbers numbers)
            && numbers instanceof Numbers.Grouped(Grid grid)
        ? GridBlocks.type(grid.width(), grid.symmetric(), grid.groupIn(columns))
        : Optional.empty();
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
