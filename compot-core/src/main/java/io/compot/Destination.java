package io.compot;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.UsageException;
import io.compot.export.ExportFormat;
import io.compot.export.FileSizes;
import io.compot.export.gguf.GgufExport;
import io.compot.export.grouped.MlxExport;
import io.compot.file.Durable;
import io.compot.form.Form;
import io.compot.plan.FileFit;
import io.compot.progress.ProgressListener;
import io.compot.recipe.SaidSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a compression is for: where anything but Compot is to run its result, only what that
 * program's format holds competes, and the result is written in that format.
 */
@SuppressWarnings("ImmutableEnumChecker") // copies, though their types do not say so
public enum Destination {
  /** One file for llama.cpp and what is built on it; blocks of 4, 5 and 8 bits. */
  GGUF(
      "gguf",
      Map.of("type", "q8_0"),
      List.of("gptq", "rtn"),
      Set.of(4, 5, 8),
      Map.of("method", "gptq", "group", "32", "zero-points", "none")),
  /** A folder of compressed-tensors; 4 and 8 bits are what vLLM multiplies by. */
  VLLM(
      "compressed-tensors",
      Map.of(),
      List.of("gptq", "rtn"),
      Set.of(4, 8),
      Map.of("method", "gptq", "zero-points", "none", "embeddings", "keep")),
  /** A folder for MLX and mlx-lm. */
  MLX(
      "mlx",
      Map.of(),
      List.of("gptq", "rtn"),
      Set.of(2, 3, 4, 5, 6, 8),
      Map.of("method", "gptq", "group", "64", "zero-points", "fitted", "embeddings", "keep")),
  /** The packed folder with a Python file that runs it; any method. */
  TRANSFORMERS("transformers", Map.of(), List.of(), Set.of(), Map.of("embeddings", "keep"));

  private static final String WIDTHS = "widths";
  private static final String KEEP = "keep";

  private final String format;
  private final Map<String, String> formatSettings;
  private final List<String> methods;
  private final Set<Integer> widths;
  private final Map<String, String> usual;

  Destination(
      String format,
      Map<String, String> formatSettings,
      List<String> methods,
      Set<Integer> widths,
      Map<String, String> usual) {
    this.format = format;
    this.formatSettings = Map.copyOf(formatSettings);
    this.methods = List.copyOf(methods);
    this.widths = Set.copyOf(widths);
    this.usual = Map.copyOf(usual);
  }

  /**
   * The destination of a name.
   *
   * @throws UsageException where there is none
   */
  public static Destination named(String name) throws UsageException {
    for (Destination each : values()) {
      if (each.word().equals(name)) {
        return each;
      }
    }
    throw new UsageException(
        "there is no destination %s; choose one of %s"
            .formatted(
                name,
                Arrays.stream(values()).map(Destination::word).collect(Collectors.joining(", "))));
  }

  /** Its name. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The format that it is written in.
   *
   * @param model for whose name files have a place
   * @param said of the compression
   */
  ExportFormat format(Path model, SaidSettings said) throws UsageException {
    Map<String, String> settings = new HashMap<>(formatSettings);
    if (this == MLX) {
      // Not to round anything, but to be refused before the work where rows have no such groups.
      settings.put("group", said.said().getOrDefault("group", "64").strip());
    }
    ExportFormat made = Export.format(format, settings);
    if (made instanceof MlxExport mlx && !tables(said).equals(KEEP)) {
      return mlx.withTables();
    }
    Path name = model.toAbsolutePath().normalize().getFileName();
    return made instanceof GgufExport gguf && name != null ? gguf.named(name.toString()) : made;
  }

  /** Bytes of what is written for a plan, where they are not those of the packed folder. */
  FileFit.@Nullable Bytes sizes(Path model, SaidSettings said) throws CompotException {
    FileSizes files = format(model, said).sizes(model).orElse(null);
    return files == null
        ? null
        : plan -> {
          Map<String, Form> forms = new HashMap<>();
          plan.projections()
              .forEach(each -> each.form().ifPresent(form -> forms.put(each.name(), form)));
          plan.tables().forEach(each -> forms.put(each.name(), each.form()));
          return files.bytes(forms);
        };
  }

  /**
   * Takes what suits it where nothing was said, and refuses what its format does not hold.
   *
   * @throws UsageException naming the setting, and a destination that holds it
   */
  void restrict(SaidSettings said) throws UsageException {
    usual.forEach(said::usually);
    if (!methods.isEmpty()) {
      String method = said.methodName();
      if (!methods.contains(method)) {
        throw refuse(
            "method " + method, "holds what %s make".formatted(String.join(" and ", methods)));
      }
      said.usually(
          WIDTHS, widths.stream().sorted().map(String::valueOf).collect(Collectors.joining(",")));
      for (String name : List.of("width", WIDTHS)) {
        for (String width : said.said().getOrDefault(name, "auto").split(",", -1)) {
          if (!width.strip().equals("auto")
              && widths.stream().noneMatch(each -> each.toString().equals(width.strip()))) {
            throw refuse(name + " " + width, "holds codes of %s bits".formatted(listed()));
          }
        }
      }
    }
    if (this == GGUF) {
      String group = said.said().getOrDefault("group", "32").strip();
      if (!group.matches("\\d{1,4}") || Integer.parseInt(group) % 32 != 0) {
        throw refuse("group " + group, "has blocks of 32: take a multiple of it");
      }
      boolean eight = List.of(said.said().getOrDefault(WIDTHS, "").split(",", -1)).contains("8");
      if (said.said().getOrDefault("zero-points", "none").strip().equals("fitted") && eight) {
        throw refuse(
            "zero-points fitted",
            "has zero points for 4 and 5 bits alone: say widths 4,5, or none");
      }
    }
    if ((this == TRANSFORMERS || this == VLLM) && !tables(said).equals(KEEP)) {
      throw refuse("embeddings", "holds embeddings as they are: say keep");
    }
    if (this == MLX
        && !tables(said).equals(KEEP)
        && widths.stream().noneMatch(each -> each.toString().equals(tables(said)))) {
      throw refuse("embeddings " + tables(said), "holds %s bits, or keep".formatted(listed()));
    }
    if (this == MLX
        && !Set.of("32", "64", "128").contains(said.said().getOrDefault("group", "64").strip())) {
      throw refuse("group " + said.said().get("group"), "has groups of 32, 64 or 128");
    }
  }

  private String listed() {
    return widths.stream().sorted().map(String::valueOf).collect(Collectors.joining(", "));
  }

  /** Bits of embedding and output projection, in words. */
  private static String tables(SaidSettings said) {
    return said.said().getOrDefault("embeddings", KEEP).strip();
  }

  private UsageException refuse(String said, String problem) {
    return new UsageException(
        "%s is not for %s: its format %s; without --for any method's result is packed, and --for transformers takes it"
            .formatted(said, word(), problem));
  }

  /** Where the packed folder stands until it is written in its format. */
  static Path packed(Path output) {
    Path name = Objects.requireNonNull(output.toAbsolutePath().normalize().getFileName());
    return output.toAbsolutePath().normalize().resolveSibling("." + name + ".compot-packed");
  }

  /** Writes what was packed in its format, and takes the packed folder away. */
  static void write(
      ExportFormat format, Path packed, Path output, boolean force, ProgressListener listener)
      throws CompotException {
    format.write(packed, output, force, listener);
    try {
      Durable.deleteTree(packed, null);
    } catch (IOException e) {
      throw new FailureException(
          "%s is written, but %s cannot be removed (%s); remove it"
              .formatted(output, packed, e.getMessage()),
          e);
    }
  }
}
