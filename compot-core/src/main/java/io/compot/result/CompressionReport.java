package io.compot.result;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.compot.plan.BitCount;
import io.compot.plan.DamageCurve;
import io.compot.plan.Place;
import io.compot.plan.Plan;
import io.compot.plan.PlannedProjection;
import io.compot.plan.TrainingCurve;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The facts of one compression, as {@code compression-report.json} holds them.
 *
 * @param plan what was done, before its results; not part of the file
 * @param allocation how the budget was split, e.g. "uniform"
 * @param notes what the allocation says of the whole: thresholds, repairs
 * @param ratio fraction of the bits removed from the chosen projections
 * @param bits of the chosen projections and of the whole model
 * @param perplexity what the compression cost; null where it was not measured
 * @param sample how model and original go on with a text; null where that was not looked at
 * @param search how the size was found, where it was searched for; else null
 * @param curve of other sizes, where rises of the loss were predicted; else null
 * @param training how the whole was trained, where it was; else null
 * @param steps what each step did, where there were several; else null
 * @param layers projections that got factors
 * @param dense projections that stayed dense, and why
 * @param settings what was asked for, defaults filled in
 * @param inputs name of each input file to its SHA-256
 * @param versions of Compot, Java, libtorch
 * @param run times and memory: the only part that differs between two runs of the same input
 */
public record CompressionReport(
    @JsonIgnore Plan plan,
    String method,
    String allocation,
    List<String> notes,
    Ratio ratio,
    Bits bits,
    @Nullable PerplexityChange perplexity,
    @Nullable TextChange sample,
    @Nullable @JsonInclude(JsonInclude.Include.NON_NULL) SearchReport search,
    @Nullable @JsonInclude(JsonInclude.Include.NON_NULL) DamageCurve curve,
    @Nullable @JsonInclude(JsonInclude.Include.NON_NULL) TrainingCurve training,
    @Nullable @JsonInclude(JsonInclude.Include.NON_NULL) List<StepReport> steps,
    List<LayerReport> layers,
    Map<String, String> dense,
    Map<String, Object> settings,
    Map<String, String> inputs,
    Map<String, String> versions,
    Run run) {

  public CompressionReport {
    notes = List.copyOf(notes);
    layers = List.copyOf(layers);
  }

  /** The same of a plan, where it was read from its file. */
  public CompressionReport of(Plan done) {
    return new CompressionReport(
        done,
        method,
        allocation,
        notes,
        ratio,
        bits,
        perplexity,
        sample,
        search,
        curve,
        training,
        steps,
        layers,
        dense,
        settings,
        inputs,
        versions,
        run);
  }

  /**
   * Token perplexity of a text before and after.
   *
   * @param text name of the file
   * @param protocol how it was measured, in one line
   */
  public record PerplexityChange(String text, double before, double after, String protocol) {}

  /**
   * How the two go on with the beginning of a text, likeliest token first.
   *
   * @param prompt that beginning
   */
  public record TextChange(String prompt, String before, String after) {}

  /** Tokens a second that the two wrote. */
  public record Speed(double before, double after) {}

  /** The same with what the compression cost. */
  public CompressionReport with(
      PerplexityChange measured, @Nullable TextChange written, @Nullable Speed speed) {
    return new CompressionReport(
        plan,
        method,
        allocation,
        notes,
        ratio,
        bits,
        measured,
        written,
        search,
        curve,
        training,
        steps,
        layers,
        dense,
        settings,
        inputs,
        versions,
        run.with(speed));
  }

  /** The same with how its size was found. */
  public CompressionReport with(SearchReport found) {
    return new CompressionReport(
        plan,
        method,
        allocation,
        notes,
        ratio,
        bits,
        perplexity,
        sample,
        found,
        curve,
        training,
        steps,
        layers,
        dense,
        settings,
        inputs,
        versions,
        run);
  }

  /** Asked for and reached. */
  public record Ratio(double requested, double achieved) {}

  /**
   * Bits before and after, and where those after are.
   *
   * @param projections the chosen ones
   * @param model all tensors
   * @param embeddings embedding and output projection where they are stored in few bits, else 0
   * @param parts of the model after: those of the factors, projections that stayed dense,
   *     embeddings in few bits, the rest
   */
  public record Bits(
      BitCount projections, BitCount model, BitCount embeddings, Map<String, Long> parts) {

    /** Of a model whose embeddings stay as they are. */
    public Bits(BitCount projections, BitCount model, Map<String, Long> parts) {
      this(projections, model, new BitCount(0, 0), parts);
    }
  }

  /**
   * What the run took.
   *
   * @param secondsByStage stage to seconds
   * @param peakBytesByStage stage to the largest resident memory beyond the file cache
   * @param peakAnonymousBytes the largest of all; 0 where unknown
   * @param journalSeconds that keeping the work for another process took, within the stages:
   *     writing hidden states, digests, the journal, waiting for the disk
   * @param date when it ended, in UTC; null in reports from before it was told
   * @param tokensPerSecond of original and output; null where that was not measured
   */
  public record Run(
      @JsonProperty("seconds_by_stage") Map<String, Double> secondsByStage,
      @JsonProperty("peak_anonymous_bytes_by_stage") Map<String, Long> peakBytesByStage,
      @JsonProperty("peak_anonymous_bytes") long peakAnonymousBytes,
      @JsonProperty("journal_seconds") double journalSeconds,
      @Nullable String date,
      @JsonProperty("tokens_per_second") @Nullable Speed tokensPerSecond) {

    /** Of a run that ends now. */
    public static Run ended(
        Map<String, Double> seconds, Map<String, Long> peaks, long peak, double journal) {
      String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
      return new Run(seconds, peaks, peak, journal, now, null);
    }

    Run with(@Nullable Speed speed) {
      return new Run(
          secondsByStage, peakBytesByStage, peakAnonymousBytes, journalSeconds, date, speed);
    }
  }

  /** All projections of the blocks, in the order in which the model applies them. */
  @JsonProperty(value = "projections", access = JsonProperty.Access.READ_ONLY)
  public List<Place> places() {
    return plan == null
        ? List.of()
        : plan.projections().stream().map(PlannedProjection::place).toList();
  }

  /** Mean relative whitened error, or weight error where there is no Gram matrix. */
  public double meanRelativeError() {
    return layers.stream().mapToDouble(LayerReport::error).average().orElse(0);
  }
}
