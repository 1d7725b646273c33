package io.compot.checkpoint;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.form.Form;
import io.compot.form.codec.FormJson;
import io.compot.form.codec.PackedTensors;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import io.compot.text.ConfigFile;
import io.compot.text.StrictJson;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code config.json} of a packed checkpoint says under {@code compression}: the format and
 * its version, how the weights were packed, and which projections are packed in which form.
 *
 * @param version of the format that was read; {@link #VERSION} is written
 * @param method name of the compression method
 * @param ratio fraction of bits that was asked to be removed from the compressed projections
 * @param projections each packed projection's form, by its checkpoint name without {@code .weight}
 */
public record CompressionSection(
    int version, String method, double ratio, Map<String, Form> projections) {

  /** The version that is written; those before it are read. */
  public static final int VERSION = 2;

  /** The name of the format. */
  public static final String FORMAT = "compot";

  private static final String FIELD = "compression";

  /** What says of single blocks that they are narrower, packed or not; the model reads it. */
  private static final String WIDTHS = "widths";

  /** Where other programs look for how weights are packed; they refuse methods they do not know. */
  private static final String QUANTIZATION = "quantization_config";

  /**
   * The weight file's name for transformers, which only warns of methods it does not know and would
   * go on with random weights: an error there names what is written here.
   */
  private static final String WEIGHTS = "transformers_weights";

  /** The field by which transformers finds a model's own code. */
  public static final String AUTO_MAP = "auto_map";

  /** The file with that code where it is ours. */
  public static final String CODE = "modeling_compot.py";

  private static final String ADVICE =
      "packed by Compot; run it with Compot, or write an ordinary checkpoint:"
          + " compot export FOLDER --format dense -o DENSE";

  public CompressionSection {
    projections = Collections.unmodifiableMap(new TreeMap<>(projections));
  }

  /** What is to be written. */
  public CompressionSection(String method, double ratio, Map<String, Form> projections) {
    this(VERSION, method, ratio, projections);
  }

  /**
   * The section of a configuration; empty where the checkpoint is an ordinary one.
   *
   * @param weights that lie beside it
   * @throws InputException where the format, its version or a form is not known, a field makes no
   *     sense, or other projections are packed than are listed
   */
  public static Optional<CompressionSection> read(ConfigFile config, WeightSource weights)
      throws InputException {
    if (!config.has(FIELD)) {
      return Optional.empty();
    }
    ConfigFile section = config.object(FIELD);
    if (section.fields().equals(Set.of(WIDTHS))) {
      return Optional.empty();
    }
    String format = section.text("format");
    if (!format.equals(FORMAT)) {
      throw section.refuse(
          "format", "found \"" + Shown.of(format) + "\"", "only \"" + FORMAT + "\" can be read");
    }
    int version = section.positiveInt("version", Integer.MAX_VALUE);
    if (version > VERSION) {
      throw section.refuse(
          "version",
          "found %d, but this program reads versions 1 to %d".formatted(version, VERSION),
          "use a newer Compot");
    }
    double ratio = section.positive("ratio");
    if (ratio >= 1) {
      throw section.refuse("ratio", "found " + ratio, "it must be between 0 and 1");
    }
    var projections = new TreeMap<String, Form>();
    ConfigFile listed = section.object("projections");
    for (String name : listed.fields()) {
      ConfigFile entry = listed.object(name);
      projections.put(
          name, version == 1 ? VersionOne.form(entry, name, weights) : FormJson.read(entry));
    }
    for (String name : PackedTensors.projections(weights)) {
      if (!projections.containsKey(name)) {
        throw listed.refuse(
            name, "the weights hold parts of it, but it is not listed", VersionOne.ADVICE);
      }
    }
    return Optional.of(new CompressionSection(version, section.text("method"), ratio, projections));
  }

  /**
   * Whether the section about quantised weights is the one that {@link #addedTo} writes for others.
   *
   * @throws InputException where there is such a section and it is no object
   */
  public static boolean ours(ConfigFile config) throws InputException {
    return config.has(FIELD)
        && config.has(QUANTIZATION)
        && config.object(QUANTIZATION).optionalText("quant_method").orElse("").equals(FORMAT);
  }

  /**
   * Checks that the weights of a listed projection are what this section says.
   *
   * @throws InputException naming the projection or the tensor that does not fit
   */
  public void check(ConfigFile config, WeightSource weights, String name, long in, long out)
      throws InputException {
    Form form = form(name);
    if (!form.fits(in, out)) {
      throw config.refuse(
          FIELD + ".projections." + name,
          "%s does not make sense for a projection of %d x %d".formatted(form.words(), out, in),
          VersionOne.ADVICE);
    }
    PackedTensors.check(weights, name, form, in, out);
  }

  /** The tensors that a listed projection is. */
  public List<TensorInfo> tensors(String name, long in, long out) {
    return PackedTensors.of(name, form(name), in, out);
  }

  private Form form(String name) {
    Form form = projections.get(name);
    if (form == null) {
      throw new IllegalArgumentException(name + " is not listed");
    }
    return form;
  }

  /**
   * The source's configuration with this section in it, as the bytes of a file. The family's name
   * stays, so other programs are told in their own terms that they cannot run these weights.
   */
  public byte[] addedTo(ConfigFile config) {
    ObjectNode tree = config.tree();
    JsonNode widths = tree.path(FIELD).path(WIDTHS);
    ObjectNode section = tree.putObject(FIELD);
    if (widths.isObject()) {
      section.set(WIDTHS, widths);
    }
    section.put("format", FORMAT).put("version", VERSION).put("method", method);
    section.put("ratio", ratio);
    ObjectNode listed = section.putObject("projections");
    projections.forEach((name, form) -> listed.set(name, FormJson.write(form)));
    tree.putObject(QUANTIZATION).put("quant_method", FORMAT).put("version", VERSION);
    tree.put(WEIGHTS, ADVICE);
    return StrictJson.write(tree);
  }

  /** A configuration without the section, as the bytes of a file. */
  public static byte[] removedFrom(ConfigFile config) {
    return StrictJson.write(without(config));
  }

  /** A configuration without the section. */
  public static ObjectNode without(ConfigFile config) {
    ObjectNode tree = config.tree();
    JsonNode widths = tree.path(FIELD).path(WIDTHS);
    tree.remove(List.of(FIELD, QUANTIZATION, WEIGHTS));
    if (tree.path(AUTO_MAP).toString().contains(CODE.replace(".py", "."))) {
      tree.remove(AUTO_MAP);
    }
    if (widths.isObject()) {
      tree.putObject(FIELD).set(WIDTHS, widths);
    }
    return tree;
  }
}
