package io.compot.checkpoint;

import io.compot.error.InputException;
import io.compot.error.Quoted;
import io.compot.safetensors.WeightSource;
import io.compot.text.ConfigFile;
import io.compot.text.StrictJson;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code config.json} of a packed checkpoint says under {@code compression}: the format and
 * its version, how the factors were made, and which projections are stored as factors.
 *
 * @param method name of the compression method
 * @param ratio fraction of bits that was asked to be removed from the compressed projections
 * @param projections the size of each projection's factors, by its checkpoint name without {@code
 *     .weight}
 */
public record CompressionSection(String method, double ratio, Map<String, Stored> projections) {

  private static final String FIELD = "compression";
  private static final String FORMAT = "compot";
  private static final int VERSION = 1;

  /** What says of single blocks that they are narrower, packed or not; the model reads it. */
  private static final String WIDTHS = "widths";

  /** Where other programs look for how weights are packed; they refuse methods they do not know. */
  private static final String QUANTIZATION = "quantization_config";

  /**
   * The weight file's name for transformers, which only warns of methods it does not know and would
   * go on with random weights: an error there names what is written here.
   */
  private static final String WEIGHTS = "transformers_weights";

  private static final String ADVICE =
      "packed by Compot; run it with Compot, or write an ordinary checkpoint:"
          + " compot export FOLDER --format dense -o DENSE";

  /** The size of one projection's factors as stored. */
  public sealed interface Stored {
    /** k atoms and a code with that many stored values. */
    record Sparse(long atoms, long nonzeros) implements Stored {}

    /** Two factors of that rank. */
    record LowRank(long rank) implements Stored {}
  }

  public CompressionSection {
    projections = Collections.unmodifiableMap(new TreeMap<>(projections));
  }

  /**
   * The section of a configuration; empty where the checkpoint is an ordinary one.
   *
   * @throws InputException where the format or its version is another, or a field makes no sense
   */
  public static Optional<CompressionSection> read(ConfigFile config) throws InputException {
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
          "format", "found \"" + Quoted.of(format) + "\"", "only \"" + FORMAT + "\" can be read");
    }
    int version = section.positiveInt("version", Integer.MAX_VALUE);
    if (version != VERSION) {
      throw section.refuse(
          "version",
          "found " + version + ", but this program reads version " + VERSION,
          "use a newer Compot");
    }
    double ratio = section.positive("ratio");
    if (ratio >= 1) {
      throw section.refuse("ratio", "found " + ratio, "it must be between 0 and 1");
    }
    var projections = new TreeMap<String, Stored>();
    ConfigFile listed = section.object("projections");
    for (String name : listed.fields()) {
      projections.put(name, stored(listed.object(name)));
    }
    return Optional.of(new CompressionSection(section.text("method"), ratio, projections));
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
   * Checks that the weights hold exactly the factors that this section lists, in these sizes.
   *
   * @throws InputException naming the projection that does not fit
   */
  public void check(ConfigFile config, WeightSource weights) throws InputException {
    var packed = new TreeSet<String>();
    for (String name : weights.names()) {
      for (String suffix : new String[] {".dictionary", ".left"}) {
        if (name.endsWith(suffix)) {
          packed.add(name.substring(0, name.length() - suffix.length()));
        }
      }
    }
    for (String name : packed) {
      if (!projections.containsKey(name)) {
        throw refuse(config, name, "the weights hold factors of it, but it is not listed");
      }
    }
    for (var listed : projections.entrySet()) {
      String name = listed.getKey();
      if (!packed.contains(name)) {
        throw refuse(config, name, "it is listed, but the weights hold no factors of it");
      }
      boolean fits =
          switch (listed.getValue()) {
            case Stored.Sparse sparse ->
                weights.has(name + ".values")
                    && rows(weights, name + ".dictionary") == sparse.atoms()
                    && rows(weights, name + ".values") == sparse.nonzeros();
            case Stored.LowRank low -> rows(weights, name + ".right") == low.rank();
          };
      if (!fits) {
        throw refuse(
            config, name, "%s is not what lies in the weights".formatted(listed.getValue()));
      }
    }
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
    projections.forEach((name, stored) -> {
      ObjectNode entry = listed.putObject(name);
      switch (stored) {
        case Stored.Sparse sparse ->
            entry.put("atoms", sparse.atoms()).put("nonzeros", sparse.nonzeros());
        case Stored.LowRank low -> entry.put("rank", low.rank());
      }
    });
    tree.putObject(QUANTIZATION).put("quant_method", FORMAT).put("version", VERSION);
    tree.put(WEIGHTS, ADVICE);
    return StrictJson.write(tree);
  }

  /** A configuration without the section, as the bytes of a file. */
  public static byte[] removedFrom(ConfigFile config) {
    ObjectNode tree = config.tree();
    JsonNode widths = tree.path(FIELD).path(WIDTHS);
    tree.remove(List.of(FIELD, QUANTIZATION, WEIGHTS));
    if (widths.isObject()) {
      tree.putObject(FIELD).set(WIDTHS, widths);
    }
    return StrictJson.write(tree);
  }

  private static Stored stored(ConfigFile entry) throws InputException {
    return entry.has("rank")
        ? new Stored.LowRank(entry.positiveLong("rank"))
        : new Stored.Sparse(entry.positiveLong("atoms"), entry.positiveLong("nonzeros"));
  }

  private static long rows(WeightSource weights, String name) throws InputException {
    if (!weights.has(name)) {
      return -1;
    }
    var shape = weights.info(name).shape();
    return shape.isEmpty() ? -1 : shape.getFirst();
  }

  private static InputException refuse(ConfigFile config, String name, String problem) {
    return config.refuse(
        FIELD + ".projections." + name,
        problem,
        "configuration and weights are not of one checkpoint: compress the model again");
  }
}
