package io.compot.foreign;

import io.compot.error.InputException;
import io.compot.grouped.CompressedTensors;
import io.compot.text.ConfigFile;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What {@code quantization_config} says of a checkpoint's packed weights. */
sealed interface Quantisation {

  /** The field of {@code config.json}. */
  String FIELD = "quantization_config";

  /** Far above any. */
  int LARGEST_GROUP = 1 << 16;

  /**
   * compressed-tensors, {@code pack-quantized}.
   *
   * @param widths all widths of codes that its groups of modules have
   * @param dense whether codes may straddle words
   */
  record PackQuantized(Set<Integer> widths, boolean dense) implements Quantisation {}

  /**
   * GPTQ.
   *
   * @param zerosLessOne whether zeros are stored less one
   * @param symmetric whether all zeros are half the range
   */
  record Gptq(boolean zerosLessOne, boolean symmetric) implements Quantisation {}

  /** The field of MLX's folders, which say the same in {@link #FIELD}. */
  String MLX = "quantization";

  /**
   * MLX's affine groups; each weight's shape tells its width and its groups.
   *
   * @param group weights that share a scale where nothing else is said of a module
   * @param groups of modules of which something is said, by their names
   */
  record Mlx(int group, Map<String, Integer> groups) implements Quantisation {

    public Mlx {
      groups = Map.copyOf(groups);
    }

    /** Weights of a module that share a scale. */
    int group(String module) {
      return groups.getOrDefault(module, group);
    }
  }

  /** Whether a configuration has a section about quantised weights. */
  static boolean said(ConfigFile config) {
    return config.has(FIELD) || config.isObject(MLX);
  }

  /** The section that a configuration has. */
  static String section(ConfigFile config) {
    return config.isObject(MLX) ? MLX : FIELD;
  }

  /**
   * Reads the section.
   *
   * @throws InputException naming the method where it is none that is read
   */
  static Quantisation read(ConfigFile config) throws InputException {
    if (config.isObject(MLX)) {
      return mlx(config.object(MLX));
    }
    ConfigFile section = config.object(FIELD);
    String method = section.text("quant_method");
    return switch (method) {
      case "compressed-tensors" -> packQuantized(section);
      case "gptq" -> gptq(section);
      default ->
          throw section.refuse(
              "quant_method",
              "weights quantised by \"" + method + "\" are not read",
              "read are compressed-tensors (pack-quantized), gptq and MLX; use the checkpoint in BF16, F16"
                  + " or F32 that it was made from");
    };
  }

  private static Quantisation mlx(ConfigFile section) throws InputException {
    requireAffine(section);
    var groups = new HashMap<String, Integer>();
    for (String module : section.fields()) {
      if (section.isObject(module)) {
        ConfigFile own = section.object(module);
        requireAffine(own);
        groups.put(module, own.positiveInt("group_size", LARGEST_GROUP));
      }
    }
    return new Mlx(section.positiveInt("group_size", LARGEST_GROUP), groups);
  }

  private static void requireAffine(ConfigFile section) throws InputException {
    Optional<String> mode = section.optionalText("mode");
    if (mode.isPresent() && !mode.get().equals("affine")) {
      throw section.refuse(
          "mode",
          "MLX weights of mode \"" + mode.get() + "\" are not read",
          "read is affine; use the checkpoint in BF16, F16 or F32 that it was made from");
    }
  }

  private static Quantisation packQuantized(ConfigFile section) throws InputException {
    requireFormat(section);
    Optional<ConfigFile> transform = section.optionalObject("transform_config");
    if (transform.isPresent() && !transform.get().fields().isEmpty()) {
      throw section.refuse(
          "transform_config", "transformed weights are not read", "use a checkpoint without");
    }
    ConfigFile groups = section.object("config_groups");
    var widths = new LinkedHashSet<Integer>();
    for (String name : groups.fields()) {
      ConfigFile group = groups.object(name);
      requireFormat(group);
      if (group.has("input_activations") || group.has("output_activations")) {
        throw group.refuse(
            group.has("input_activations") ? "input_activations" : "output_activations",
            "quantised activations are not read",
            "use a checkpoint that quantises weights alone");
      }
      ConfigFile weights = group.object("weights");
      if (!weights.optionalText("type").orElse("int").equals("int")) {
        throw weights.refuse(
            "type",
            "codes of type \"" + weights.text("type") + "\" are not read",
            "use a checkpoint with whole-numbered codes");
      }
      widths.add(weights.optionalPositiveInt("num_bits", 8).orElse(8));
    }
    return new PackQuantized(
        widths, CompressedTensors.dense(section.optionalText("version").orElse("")));
  }

  private static void requireFormat(ConfigFile fields) throws InputException {
    Optional<String> format = fields.optionalText("format");
    if (format.isPresent() && !format.get().equals("pack-quantized")) {
      throw fields.refuse(
          "format",
          "compressed-tensors of format \"" + format.get() + "\" are not read",
          "read is pack-quantized; use the checkpoint in BF16, F16 or F32 that it was made from");
    }
  }

  private static Quantisation gptq(ConfigFile section) throws InputException {
    String format =
        section.optionalText("checkpoint_format").or(() -> Optional.of("gptq")).orElseThrow();
    boolean second = format.equals("gptq_v2");
    if (!second && !format.equals("gptq")) {
      throw section.refuse(
          "checkpoint_format",
          "GPTQ checkpoints of format \"" + format + "\" are not read",
          "read are gptq and gptq_v2");
    }
    String words = section.optionalText("pack_dtype").orElse("int32");
    if (!words.equals("int32")) {
      throw section.refuse(
          "pack_dtype", "codes packed in " + words + " are not read", "read is int32");
    }
    return new Gptq(!second, section.flag("sym", true));
  }
}
