package io.compot.comparison;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * What one cell gave, or the original model.
 *
 * @param model name of the model
 * @param method name, or {@link #ORIGINAL}
 * @param settings of the method, where the cell has some of its own: "group 32"
 * @param allocation name; empty for the original
 * @param setting by which its size was asked for: ratio, bits, size or width; {@link #FILE} for a
 *     model that was there before; empty for the original
 * @param asked value of that setting; of a model that was there its place
 * @param ratio fraction of bits asked to be removed from the projections; 0 where another setting
 *     was asked for
 * @param achieved fraction removed
 * @param bitsPerWeight real bits on disk of the chosen projections, masks included, for each of
 *     their weights
 * @param modelBits of all tensors, as accounted
 * @param tensorBytes of all tensors, as found on disk
 * @param fileBytes of the weight files, headers included
 * @param perplexity token perplexity on held-out text
 * @param perplexityStandardError of that, over windows; 0 where it is not known
 * @param logPerplexityRise over the original's, in nats a token
 * @param klDivergence mean of KL(original ‖ model) on held-out text, in nats a token
 * @param klStandardError of that mean, over windows
 * @param topAgreement share of positions where both name the same likeliest token
 * @param error mean relative whitened error of the factorised projections
 * @param seconds that this compression took beside what it shares with others
 * @param calibrationSeconds that its Gram matrices took, once for the model
 * @param profileSeconds that what its allocation has to know took, or its backward pass, once for
 *     all ratios
 * @param factoriseSeconds of its factorisations alone
 * @param peakBytes largest resident memory beyond the file cache; 0 where unknown
 * @param tasks figures of the tasks that were asked for
 * @param sample how it goes on with the beginning of the held-out text
 * @param tokensPerSecond that it wrote of that
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record ComparisonRow(
    String model,
    String method,
    String settings,
    String allocation,
    String setting,
    String asked,
    double ratio,
    double achieved,
    double bitsPerWeight,
    long modelBits,
    long tensorBytes,
    long fileBytes,
    double perplexity,
    double perplexityStandardError,
    double logPerplexityRise,
    double klDivergence,
    double klStandardError,
    double topAgreement,
    double error,
    double seconds,
    double calibrationSeconds,
    double profileSeconds,
    double factoriseSeconds,
    long peakBytes,
    List<TaskFigure> tasks,
    String sample,
    double tokensPerSecond) {

  /** Names the model that was not compressed. */
  public static final String ORIGINAL = "original";

  /** The {@link #setting} of a model that was there before. */
  public static final String FILE = "file";

  public ComparisonRow {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(method, "method");
    Objects.requireNonNull(allocation, "allocation");
    settings = settings == null ? "" : settings;
    boolean old = setting == null; // of a journal from when there were ratios alone
    boolean dense = method.equals(ORIGINAL);
    setting = old ? (dense ? "" : Asked.RATIO) : setting;
    asked = old ? (dense ? "" : Double.toString(ratio)) : asked;
    tasks = tasks == null ? List.of() : List.copyOf(tasks);
    sample = sample == null ? "" : sample;
  }

  /** Whether this is the model that was not compressed. */
  public boolean original() {
    return method.equals(ORIGINAL);
  }

  /** Whether this is what a cell gave. */
  public boolean of(Cell cell) {
    return model.equals(cell.model())
        && method.equals(cell.method())
        && settings.equals(cell.words())
        && allocation.equals(cell.allocation())
        && setting.equals(cell.asked().setting())
        && asked.equals(cell.asked().value());
  }

  /** Whether this is of a model that was there before, at a place. */
  boolean of(ComparedModel compared, Path file) {
    return model.equals(compared.name()) && setting.equals(FILE) && asked.equals(file.toString());
  }

  /** The method with its settings. */
  public String name() {
    return settings.isEmpty() ? method : method + " (" + settings + ")";
  }

  /** The name of its line in a picture. */
  public String line() {
    return original() || setting.equals(FILE) || allocation.equals("uniform")
        ? name()
        : name() + ", " + allocation;
  }
}
