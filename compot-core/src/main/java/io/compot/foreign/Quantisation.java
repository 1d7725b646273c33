package io.compot.foreign;

import io.compot.error.InputException;
import io.compot.grouped.CompressedTensors;
import io.compot.text.ConfigFile;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** What {@code quantization_config} says of a checkpoint's packed weights. */
sealed interface Quantisation {

  /** The field of {@code config.json}. */
  String FIELD = "quantization_config";

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

  /**
   * Reads the section.
   *
   * @throws InputException naming the method where it is none that is read
   */
  static Quantisation read(ConfigFile config) throws InputException {
    ConfigFile section = config.object(FIELD);
    String method = section.text("quant_method");
    return switch (method) {
      case "compressed-tensors" -> packQuantized(section);
      case "gptq" -> gptq(section);
      default ->
          throw section.refuse(
              "quant_method",
              "weights quantised by \"" + method + "\" are not read",
              "read are compressed-tensors (pack-quantized) and gptq; use the checkpoint in BF16, F16"
                  + " or F32 that it was made from");
    };
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
