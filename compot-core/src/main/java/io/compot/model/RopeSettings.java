package io.compot.model;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.Optional;

/** Rotary position embedding as a config gives it, in the spelling of any writer's version. */
final class RopeSettings {

  private static final String KNOWN = "known are default, linear, dynamic, llama3 and yarn";

  private RopeSettings() {}

  /**
   * Reads {@code rope_theta} and {@code rope_scaling}, or {@code rope_parameters} (transformers
   * 5.x), which holds both.
   *
   * @param headDim even
   * @param context {@code max_position_embeddings}
   * @throws InputException where a field is unknown or missing
   */
  static Rotary read(ConfigFile config, int headDim, int context) throws InputException {
    Optional<ConfigFile> parameters = config.optionalObject("rope_parameters");
    Optional<ConfigFile> scaling =
        parameters.isPresent() ? parameters : config.optionalObject("rope_scaling");
    double theta = config.optionalPositive("rope_theta").orElse(10_000);
    if (scaling.isPresent()) {
      theta = scaling.get().optionalPositive("rope_theta").orElse(theta);
    }
    refusePartial(config);
    return new Rotary(
        headDim, theta, scaling.isPresent() ? scaling(scaling.get(), context) : none());
  }

  private static RopeScaling none() {
    return new RopeScaling.None();
  }

  private static void refusePartial(ConfigFile config) throws InputException {
    double part = config.optionalPositive("partial_rotary_factor").orElse(1);
    if (part != 1) {
      throw config.refuse(
          "partial_rotary_factor",
          "rotating only a part of each head (" + part + ") is not supported",
          "use a checkpoint that rotates whole heads");
    }
  }

  private static RopeScaling scaling(ConfigFile fields, int context) throws InputException {
    refusePartial(fields);
    String field = fields.has("rope_type") || !fields.has("type") ? "rope_type" : "type";
    String type = fields.optionalText(field).orElse("default");
    return switch (type) {
      case "default" -> none();
      case "linear" -> new RopeScaling.Linear(factor(fields));
      case "dynamic" -> new RopeScaling.Dynamic(factor(fields), trained(fields, context));
      case "llama3" -> llama3(fields);
      case "yarn" -> yarn(fields, context);
      default ->
          throw fields.refuse(field, "rope scaling \"" + type + "\" is not supported", KNOWN);
    };
  }

  private static RopeScaling llama3(ConfigFile fields) throws InputException {
    double low = fields.positive("low_freq_factor");
    double high = fields.positive("high_freq_factor");
    if (high <= low) {
      throw fields.refuse(
          "high_freq_factor", high + " is not above low_freq_factor " + low, "correct the file");
    }
    return new RopeScaling.Llama3(
        factor(fields),
        low,
        high,
        fields.positiveInt("original_max_position_embeddings", Integer.MAX_VALUE));
  }

  private static RopeScaling yarn(ConfigFile fields, int context) throws InputException {
    long trained = trained(fields, context);
    double factor = fields.has("factor") ? factor(fields) : Math.max(1, context / (double) trained);
    double sharpening = RopeScaling.Yarn.sharpening(factor, 1);
    if (fields.optionalNumber("mscale").orElse(0) != 0
        && fields.optionalNumber("mscale_all_dim").orElse(0) != 0) {
      sharpening =
          RopeScaling.Yarn.sharpening(factor, fields.number("mscale"))
              / RopeScaling.Yarn.sharpening(factor, fields.number("mscale_all_dim"));
    }
    return new RopeScaling.Yarn(
        factor,
        trained,
        fields.optionalPositive("beta_fast").orElse(32),
        fields.optionalPositive("beta_slow").orElse(1),
        fields.flag("truncate", true),
        fields.optionalPositive("attention_factor").orElse(sharpening));
  }

  private static double factor(ConfigFile fields) throws InputException {
    double factor = fields.positive("factor");
    if (factor < 1) {
      throw fields.refuse("factor", factor + " is below 1", "correct the file");
    }
    return factor;
  }

  private static long trained(ConfigFile fields, int context) throws InputException {
    return fields
        .optionalPositiveInt("original_max_position_embeddings", Integer.MAX_VALUE)
        .orElse(context);
  }
}
