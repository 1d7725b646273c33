package io.compot.recipe;

import io.compot.quantise.Grid;
import io.compot.setting.Kind;
import io.compot.setting.Schema;
import io.compot.setting.Seed;
import io.compot.setting.Setting;
import io.compot.setting.Text;
import io.compot.setting.WholeOr;
import io.compot.setting.Words;
import java.util.List;
import java.util.Optional;

/**
 * What holds for every compression, whatever its method and allocation.
 *
 * @param budget how small the chosen projections are to become
 * @param field of a JSON line that holds its text
 * @param samples calibration windows; empty takes all that the text gives
 * @param length tokens a window; empty: 1024, or the model's maximum if that is less
 * @param seed of the choice of windows and of random initialisation
 * @param include patterns over projection names; empty means all of the blocks' projections, of a
 *     model that sees those that read and write
 * @param exclude patterns that stay dense
 * @param embeddings bits a weight of embedding and output projection, 0 to keep them; empty: 8
 *     where the size of files is the budget, else as they are
 * @param shardSize most bytes of an output file
 * @param guard text file on which a budget that is searched for is measured; empty: windows of the
 *     calibration text that nothing is fitted to
 */
public record GeneralSettings(
    Budget budget,
    String field,
    Optional<Integer> samples,
    Optional<Integer> length,
    long seed,
    List<String> include,
    List<String> exclude,
    Optional<Integer> embeddings,
    long shardSize,
    Optional<String> guard) {

  private static final Words PATTERNS =
      new Words("patterns of projections, e.g. down_proj", "PATTERN");

  private static final Kind.Real BITS =
      new Kind.Real(
          new Kind.Real.Bounds(0, true, 32, false, "a number of bits above 0 and at most 32"));

  private static final Kind.Real NATS =
      new Kind.Real(
          new Kind.Real.Bounds(0, true, 100, false, "nats a token, above 0 and at most 100"));

  /** The settings that say a {@link Budget}; one of them can be said. */
  static final List<String> BUDGETS = List.of("ratio", "bits", "size", "max-kl", "max-rise");

  /** What may be said of them. */
  public static final Schema<GeneralSettings> SCHEMA =
      new Schema<>(
          "compress",
          "settings of every compression",
          new GeneralSettings(
              new Budget.Removed(0.2),
              "text",
              Optional.of(256),
              Optional.empty(),
              42,
              List.of(),
              List.of(),
              Optional.empty(),
              5_000_000_000L,
              Optional.empty()),
          List.of(
              new Setting<>(
                  "ratio",
                  new Removed(),
                  "Fraction of the bits to REMOVE from the chosen projections, between 0 and 1: 0.2"
                      + " keeps 80 %, 0.6 keeps 40 %. Embeddings, norms and the head stay as they"
                      + " are, so the whole model shrinks by less.",
                  general ->
                      general.budget instanceof Budget.Removed(double ratio) ? ratio : Double.NaN,
                  (general, ratio) -> general.within(new Budget.Removed(ratio))),
              new Setting<>(
                  "bits",
                  new Kind.Auto<>(BITS),
                  "In place of a ratio: bits a weight of the chosen projections, with all scales and"
                      + " masks, for example 3.5; auto: as the ratio says.",
                  general ->
                      general.budget instanceof Budget.BitsAWeight(double bits)
                          ? Optional.of(bits)
                          : Optional.empty(),
                  (general, bits) ->
                      bits.map(each -> general.within(new Budget.BitsAWeight(each)))
                          .orElse(general)),
              new Setting<>(
                  "size",
                  new Kind.Auto<>(new WholeSize()),
                  "In place of a ratio: bytes of all weight files of the result at most, for example"
                      + " 90MB, or 35% of the source's; auto: as the ratio says.",
                  general ->
                      general.budget instanceof Budget.FileSize
                              || general.budget instanceof Budget.FilePart
                          ? Optional.of(general.budget)
                          : Optional.empty(),
                  (general, size) -> size.map(general::within).orElse(general)),
              new Setting<>(
                  "max-kl",
                  new Kind.Auto<>(NATS),
                  "In place of a ratio: the smallest model whose KL divergence to the original is at"
                      + " most this many nats a token, for example 0.05, on text that nothing was"
                      + " fitted to. Several models are made and measured. auto: as the ratio says.",
                  general ->
                      general.budget instanceof Budget.MostDivergence(double nats)
                          ? Optional.of(nats)
                          : Optional.empty(),
                  (general, nats) ->
                      nats.map(each -> general.within(new Budget.MostDivergence(each)))
                          .orElse(general)),
              new Setting<>(
                  "max-rise",
                  new Kind.Auto<>(new Percentage()),
                  "The same for a rise of the perplexity of at most this, for example 5%; auto: as"
                      + " the ratio says.",
                  general ->
                      general.budget instanceof Budget.MostRise(double part)
                          ? Optional.of(part)
                          : Optional.empty(),
                  (general, part) ->
                      part.map(each -> general.within(new Budget.MostRise(each))).orElse(general)),
              new Setting<>(
                  "guard",
                  new Kind.Auto<>(Text.ofFile("the path of a text file")),
                  "Text on which max-kl and max-rise are measured; auto: windows of the calibration"
                      + " text that are not calibrated on.",
                  GeneralSettings::guard,
                  GeneralSettings::withGuard),
              new Setting<>(
                  "field",
                  new Text("the name of a field"),
                  "Field of a JSON line that holds its text.",
                  GeneralSettings::field,
                  GeneralSettings::withField),
              new Setting<>(
                  "samples",
                  new Kind.Auto<>(new Kind.Whole(1)),
                  "Calibration windows; auto takes as many as the text gives.",
                  GeneralSettings::samples,
                  GeneralSettings::withSamples),
              new Setting<>(
                  "length",
                  new Kind.Auto<>(new Kind.Whole(1)),
                  "Tokens of a calibration window; auto: 1024, or the model's maximum if that is"
                      + " less.",
                  GeneralSettings::length,
                  GeneralSettings::withLength),
              new Setting<>(
                  "seed",
                  new Seed(),
                  "Decides which windows are taken; the same seed gives the same bytes.",
                  GeneralSettings::seed,
                  GeneralSettings::withSeed),
              new Setting<>(
                  "include",
                  PATTERNS,
                  "Compress only projections that match, for example 'layers.0.*,down_proj' (*"
                      + " stands for anything). Default: all projections of all blocks, of a"
                      + " model that sees those of its language model.",
                  GeneralSettings::include,
                  GeneralSettings::withInclude),
              new Setting<>(
                  "exclude",
                  PATTERNS,
                  "Leave projections that match as they are, for example 'k_proj,v_proj'.",
                  GeneralSettings::exclude,
                  GeneralSettings::withExclude),
              new Setting<>(
                  "embeddings",
                  new Kind.Auto<>(new WholeOr(new Kind.Whole(Grid.NARROWEST, Grid.WIDEST), "keep")),
                  "Bits a weight of the embedding and of an output projection of its own, from 2 to"
                      + " 8, or keep; auto: with --size of 4 to 8 what the allocation damage predicts to cost least, 8 with other allocations, --max-kl or --max-rise, else keep.",
                  GeneralSettings::embeddings,
                  GeneralSettings::withEmbeddings),
              new Setting<>(
                  "shard-size",
                  new ByteCount(),
                  "Most bytes of a weight file. Default: 5GB.",
                  GeneralSettings::shardSize,
                  GeneralSettings::withShardSize)));

  public GeneralSettings {
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
  }

  GeneralSettings within(Budget value) {
    return new GeneralSettings(
        value, field, samples, length, seed, include, exclude, embeddings, shardSize, guard);
  }

  GeneralSettings withField(String value) {
    return new GeneralSettings(
        budget, value, samples, length, seed, include, exclude, embeddings, shardSize, guard);
  }

  GeneralSettings withSamples(Optional<Integer> value) {
    return new GeneralSettings(
        budget, field, value, length, seed, include, exclude, embeddings, shardSize, guard);
  }

  GeneralSettings withLength(Optional<Integer> value) {
    return new GeneralSettings(
        budget, field, samples, value, seed, include, exclude, embeddings, shardSize, guard);
  }

  GeneralSettings withSeed(long value) {
    return new GeneralSettings(
        budget, field, samples, length, value, include, exclude, embeddings, shardSize, guard);
  }

  GeneralSettings withInclude(List<String> value) {
    return new GeneralSettings(
        budget, field, samples, length, seed, value, exclude, embeddings, shardSize, guard);
  }

  GeneralSettings withExclude(List<String> value) {
    return new GeneralSettings(
        budget, field, samples, length, seed, include, value, embeddings, shardSize, guard);
  }

  GeneralSettings withEmbeddings(Optional<Integer> value) {
    return new GeneralSettings(
        budget, field, samples, length, seed, include, exclude, value, shardSize, guard);
  }

  GeneralSettings withGuard(Optional<String> value) {
    return new GeneralSettings(
        budget, field, samples, length, seed, include, exclude, embeddings, shardSize, value);
  }

  /** With so many bits a weight in place of a budget that is searched for, and tables as it has. */
  GeneralSettings at(double bits) {
    return new GeneralSettings(
        new Budget.BitsAWeight(bits),
        field,
        samples,
        length,
        seed,
        include,
        exclude,
        Optional.of(tableWidth().orElse(WholeOr.NONE)),
        shardSize,
        Optional.empty());
  }

  /** Whether the width of embedding and output projection is chosen as those of projections are. */
  public boolean weighsTables() {
    return embeddings.isEmpty()
        && (budget instanceof Budget.FileSize || budget instanceof Budget.FilePart);
  }

  /** Bits a weight of embedding and output projection; empty to leave them as they are. */
  public Optional<Integer> tableWidth() {
    boolean ofAll =
        budget instanceof Budget.FileSize
            || budget instanceof Budget.FilePart
            || budget.isSearched();
    int width = embeddings.orElse(ofAll ? 8 : WholeOr.NONE);
    return width == WholeOr.NONE ? Optional.empty() : Optional.of(width);
  }

  GeneralSettings withShardSize(long value) {
    return new GeneralSettings(
        budget, field, samples, length, seed, include, exclude, embeddings, value, guard);
  }
}
