package io.compot.model;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import java.util.Optional;

/**
 * Rotary position embedding as a config gives it, in the spelling of any writer's version. Where
 * spellings stand side by side, transformers 5 ({@code configuration_utils}, {@code
 * modeling_rope_utils}) decides, for every family alike:
 *
 * <ol>
 *   <li>{@code rope_scaling} holds the settings, unless it is absent, null or empty; then {@code
 *       rope_parameters} does. They are never mixed.
 *   <li>θ is {@code rope_theta} in there, else at the top, else 10000; {@code
 *       partial_rotary_factor} likewise, else 1.
 *   <li>The type is {@code rope_type} in there, else {@code type}, else "default".
 *   <li>The trained length of llama3, yarn and longrope is {@code original_max_position_embeddings}
 *       at the top, else in there, else {@code max_position_embeddings}; that of dynamic is always
 *       the last.
 *   <li>What has to be there may not be null either, and one object a layer type is refused: these
 *       families turn all layers alike.
 * </ol>
 *
 * <p>A table of spellings and of what transformers makes of them is a test's.
 */
final class RopeSettings {

  private static final String TRAINED = "original_max_position_embeddings";
  private static final String PART = "partial_rotary_factor";
  private static final String THETA = "rope_theta";
  private static final String KNOWN =
      "known are default, linear, dynamic, llama3, yarn, longrope and proportional";

  /** The base of most families. */
  static final double USUAL_THETA = 10_000;

  private final ConfigFile config;
  private final ConfigFile fields;
  private final int headDim;
  private final int context;
  private final double usualTheta;

  private RopeSettings(
      ConfigFile config, ConfigFile fields, int headDim, int context, double usualTheta) {
    this.config = config;
    this.fields = fields;
    this.headDim = headDim;
    this.context = context;
    this.usualTheta = usualTheta;
  }

  /**
   * Reads them.
   *
   * @param headDim even
   * @param context {@code max_position_embeddings}
   * @param theta the base where there is none
   * @throws InputException where a field is unknown or missing
   */
  static Rotary read(ConfigFile config, int headDim, int context, double theta)
      throws InputException {
    RopeSettings settings = of(config, headDim, context, theta);
    settings.refusePartial();
    return settings.rotary();
  }

  /**
   * The same for a family that may turn only the first part of each head.
   *
   * @throws InputException where a field is unknown or missing
   */
  static Rotary readPartial(ConfigFile config, int headDim, int context) throws InputException {
    RopeSettings whole = of(config, headDim, context, USUAL_THETA);
    ConfigFile holder = whole.holder(PART);
    double part = holder.optionalPositive(PART).orElse(1);
    int turned = (int) (headDim * part);
    if (part > 1 || turned < 2 || turned % 2 != 0) {
      throw holder.refuse(
          PART,
          "%d of %d dimensions of a head would be turned".formatted(turned, headDim),
          "expected an even number of them, at most all");
    }
    return new RopeSettings(config, whole.fields, turned, context, USUAL_THETA).rotary();
  }

  private static RopeSettings of(ConfigFile config, int headDim, int context, double theta)
      throws InputException {
    Optional<ConfigFile> old = config.optionalObject("rope_scaling");
    Optional<ConfigFile> given =
        old.isPresent() && !old.get().fields().isEmpty()
            ? old
            : config.optionalObject("rope_parameters");
    // Where there is neither, the top of the file says the rest: it has no field of theirs.
    boolean none = given.isEmpty() || given.get().fields().isEmpty();
    return new RopeSettings(config, none ? config : given.get(), headDim, context, theta);
  }

  private Rotary rotary() throws InputException {
    boolean none = fields == config;
    return new Rotary(headDim, theta(), none ? new RopeScaling.None() : scaling());
  }

  /**
   * Reads those of an object that is complete in itself.
   *
   * @throws InputException where a field is unknown or missing
   */
  static Rotary ofObject(ConfigFile fields, int headDim, int context) throws InputException {
    var settings = new RopeSettings(fields, fields, headDim, context, USUAL_THETA);
    settings.refusePartial();
    return new Rotary(headDim, settings.theta(), settings.scaling());
  }

  private double theta() throws InputException {
    ConfigFile holder = holder(THETA);
    return holder.names(THETA) ? holder.positive(THETA) : usualTheta;
  }

  /** Where a field stands that may be with the others or at the top. */
  private ConfigFile holder(String field) {
    return fields.names(field) ? fields : config;
  }

  private RopeScaling scaling() throws InputException {
    for (String field : fields.fields()) {
      if (fields.isObject(field)) {
        throw fields.refuse(
            field,
            "there is one object a layer type, but all layers of this family turn alike",
            "give rope_type and rope_theta themselves, as transformers writes them for it");
      }
    }
    String field = typeField();
    String type = type();
    if (type.equals("proportional")) {
      return new RopeScaling.Proportional(
          fields.names("factor") ? factor() : 1, holder(PART).optionalPositive(PART).orElse(1));
    }
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(factor());
      case "dynamic" -> new RopeScaling.Dynamic(factor(), context);
      case "llama3" -> llama3();
      case "yarn" -> yarn();
      case "longrope" -> longRope();
      default ->
          throw fields.refuse(field, "rope scaling \"" + type + "\" is not supported", KNOWN);
    };
  }

  private String typeField() {
    return fields.names("rope_type") || !fields.names("type") ? "rope_type" : "type";
  }

  private String type() throws InputException {
    return fields.names(typeField()) ? fields.text(typeField()) : "default";
  }

  /** Only "proportional" knows what to do with a part, where nothing turns less than a head. */
  private void refusePartial() throws InputException {
    if (fields != config && type().equals("proportional")) {
      return;
    }
    ConfigFile holder = holder(PART);
    double part = holder.optionalPositive(PART).orElse(1);
    if (part != 1) {
      throw holder.refuse(
          PART,
          "rotating only a part of each head (" + part + ") is not supported",
          "use a checkpoint that rotates whole heads");
    }
  }

  private RopeScaling llama3() throws InputException {
    double low = fields.positive("low_freq_factor");
    double high = fields.positive("high_freq_factor");
    if (high <= low) {
      throw fields.refuse(
          "high_freq_factor", high + " is not above low_freq_factor " + low, "correct the file");
    }
    return new RopeScaling.Llama3(factor(), low, high, trained());
  }

  private RopeScaling yarn() throws InputException {
    long trained = trained();
    double factor = fields.isNull("factor") ? context / (double) trained : factor();
    double sharpening = RopeScaling.Yarn.sharpening(factor, 1);
    double mscale = fields.optionalNumber("mscale").orElse(0);
    double all = fields.optionalNumber("mscale_all_dim").orElse(0);
    if (mscale != 0 && all != 0) {
      sharpening =
          RopeScaling.Yarn.sharpening(factor, mscale) / RopeScaling.Yarn.sharpening(factor, all);
    }
    return new RopeScaling.Yarn(
        factor,
        trained,
        turns("beta_fast", 32),
        turns("beta_slow", 1),
        !fields.isNull("truncate") && fields.flag("truncate", true),
        fields.optionalPositive("attention_factor").orElse(sharpening));
  }

  /** Zero counts as absent. */
  private double turns(String field, double absent) throws InputException {
    return fields.optionalNumber(field).orElse(0) == 0 ? absent : fields.positive(field);
  }

  private RopeScaling longRope() throws InputException {
    long trained = trained();
    double factor = fields.has("factor") ? factor() : context / (double) trained;
    return new RopeScaling.LongRope(
        perPair("short_factor"),
        perPair("long_factor"),
        trained,
        fields
            .optionalPositive("attention_factor")
            .orElse(RopeScaling.LongRope.sharpening(factor, trained)));
  }

  private List<Double> perPair(String field) throws InputException {
    List<Double> factors = fields.numbers(field);
    if (factors.size() != headDim / 2 || factors.stream().anyMatch(factor -> factor <= 0)) {
      throw fields.refuse(
          field,
          "expected %d numbers above zero, one for each pair of a head".formatted(headDim / 2),
          "restore the original file");
    }
    return factors;
  }

  private double factor() throws InputException {
    return fields.positive("factor");
  }

  private long trained() throws InputException {
    ConfigFile holder = config.names(TRAINED) ? config : fields;
    return holder.names(TRAINED) ? holder.positiveInt(TRAINED, Integer.MAX_VALUE) : context;
  }
}
