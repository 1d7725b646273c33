package io.compot.export.transformers;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.CompressionSection;
import io.compot.checkpoint.OutputFolder;
import io.compot.checkpoint.ProtectedPaths;
import io.compot.checkpoint.SideFileNotice;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.export.ExportFormat;
import io.compot.export.MergedWeights;
import io.compot.form.codec.FormJson;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.TensorSpec;
import io.compot.progress.ProgressListener;
import io.compot.progress.Run;
import io.compot.safetensors.ShardedWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.setting.Schema;
import io.compot.text.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The packed checkpoint as it is, with a small Python file beside it that runs its projections as
 * they are packed: {@code AutoModelForCausalLM.from_pretrained(folder, trust_remote_code=True)}.
 * Compot reads the folder, too, and other programs refuse it by name as before.
 */
public record TransformersExport() implements ExportFormat {

  /** What may be said of it. */
  public static final Schema<TransformersExport> SCHEMA =
      new Schema<>(
          "transformers",
          "the packed checkpoint with a Python file that runs it in transformers, as small as it is",
          new TransformersExport(),
          List.of());

  private static final String CODE = CompressionSection.CODE;
  private static final String MODEL = "CompotForCausalLM";

  /** transformers' class of each family. */
  private static final Map<String, String> CLASSES =
      Map.ofEntries(
          Map.entry("gemma2", "Gemma2ForCausalLM"),
          Map.entry("gemma3_text", "Gemma3ForCausalLM"),
          Map.entry("gpt2", "GPT2LMHeadModel"),
          Map.entry("granite", "GraniteForCausalLM"),
          Map.entry("llama", "LlamaForCausalLM"),
          Map.entry("mistral", "MistralForCausalLM"),
          Map.entry("olmo2", "Olmo2ForCausalLM"),
          Map.entry("opt", "OPTForCausalLM"),
          Map.entry("phi3", "Phi3ForCausalLM"),
          Map.entry("qwen2", "Qwen2ForCausalLM"),
          Map.entry("qwen3", "Qwen3ForCausalLM"),
          Map.entry("smollm3", "SmolLM3ForCausalLM"));

  /** The forms, and ways to store numbers, that the Python file knows. */
  private static final Set<String> FORMS = Set.of("dense", "low-rank", "sparse", "sum");

  private static final Set<String> NUMBERS = Set.of("plain", "grouped", "trellis");

  @Override
  public Schema<TransformersExport> schema() {
    return SCHEMA;
  }

  @Override
  public void check(Path model, Path output, boolean force) throws CompotException {
    ProtectedPaths.of(model).requireApart(output);
    OutputFolder.requireFree(output, force);
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      family(checkpoint, Architecture.of(checkpoint));
    }
  }

  @Override
  public void write(Path model, Path output, boolean force, ProgressListener listener)
      throws CompotException {
    ProtectedPaths.of(model).requireApart(output);
    OutputFolder.requireFree(output, force);
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      Architecture architecture = Architecture.of(checkpoint);
      CompressionSection section =
          checkpoint
              .compression()
              .orElseThrow(() ->
                  InputException.in(
                      model,
                      "the checkpoint is not one that Compot packed",
                      checkpoint.isForeign()
                          ? "--format dense makes one that transformers loads"
                          : "transformers loads it as it is"));
      String family = family(checkpoint, architecture);
      check(checkpoint, architecture, section);
      var tensors = new ArrayList<TensorInfo>();
      for (String name : checkpoint.names()) {
        tensors.add(checkpoint.info(name));
      }
      long bytes = tensors.stream().mapToLong(TensorInfo::bytes).sum();
      try (OutputFolder folder = OutputFolder.create(output, force);
          var stage = Run.of(listener).stage("export", bytes)) {
        folder.requireSpace(
            bytes + OutputFolder.smallFiles(checkpoint.sideFiles(), section.projections().size()));
        try (var writer =
            new ShardedWriter(folder.path(), tensors, ShardedWriter.DEFAULT_SHARD_SIZE)) {
          for (TensorInfo tensor : tensors) {
            writer.copy(tensor.name(), checkpoint);
            stage.advance(tensor.name(), tensor.bytes());
          }
          writer.finish();
        }
        folder.write("config.json", config(checkpoint, section));
        folder.write(CODE, code(family));
        SideFileNotice.tell(checkpoint, listener);
        folder.copy(checkpoint.sideFiles());
        folder.commit();
      }
    }
  }

  private static String family(Checkpoint checkpoint, Architecture architecture)
      throws InputException {
    String family = CLASSES.get(architecture.family());
    if (family == null) {
      throw refuse(
          checkpoint,
          "model_type",
          "\"%s\" models %s"
              .formatted(
                  architecture.family(),
                  architecture.stacks().size() > 1
                      ? "have two stacks, of which this format knows one"
                      : "have experts that transformers keeps together"));
    }
    if (!architecture.decoder().widths().blocks().isEmpty()) {
      throw refuse(checkpoint, "compression.widths", "transformers has one width for all blocks");
    }
    return family;
  }

  private static void check(
      Checkpoint checkpoint, Architecture architecture, CompressionSection section)
      throws InputException {
    for (Projection each : MergedWeights.projections(architecture).values()) {
      var form = section.projections().get(each.name());
      if (form != null && !isKnown(FormJson.write(form))) {
        throw refuse(
            checkpoint,
            "compression.projections." + each.name(),
            "the Python file knows no weights of form " + form.words());
      }
    }
    for (TensorSpec table : architecture.tables()) {
      if (section.projections().containsKey(table.base())) {
        throw refuse(
            checkpoint,
            "compression.projections." + table.base(),
            "the Python file knows no packed embeddings (compress with --embeddings keep)");
      }
    }
  }

  private static boolean isKnown(JsonNode form) {
    return FORMS.contains(form.path("form").asString(""))
        && form.findValues("numbers").stream()
            .allMatch(numbers -> NUMBERS.contains(numbers.asString("")));
  }

  private static InputException refuse(Checkpoint checkpoint, String field, String problem) {
    return InputException.in(
        checkpoint.config().file(), field, problem, "--format dense has a place for it");
  }

  private static byte[] config(Checkpoint checkpoint, CompressionSection section) {
    JsonNode tree = JsonMapper.shared().readTree(section.addedTo(checkpoint.config()));
    if (tree instanceof ObjectNode config) {
      config
          .putObject(CompressionSection.AUTO_MAP)
          .put("AutoModelForCausalLM", CODE.substring(0, CODE.length() - 3) + "." + MODEL);
    }
    return StrictJson.write(tree);
  }

  private static byte[] code(String family) {
    try (InputStream in =
        Objects.requireNonNull(TransformersExport.class.getResourceAsStream(CODE), CODE)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.replace("LlamaForCausalLM as Family", family + " as Family")
          .getBytes(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
