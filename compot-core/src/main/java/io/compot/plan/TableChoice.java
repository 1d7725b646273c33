package io.compot.plan;

import io.compot.allocation.ProjectionProfile;
import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * In how many bits embedding and output projection are stored, where the size of all files is the
 * budget: what they take, the projections lack. Each width is tried, and that with the least
 * predicted rise of all together is kept; of several tables one after the other.
 */
public final class TableChoice {

  private final Selection selection;
  private final Map<String, Map<Long, Double>> rises = new LinkedHashMap<>();
  private final Planner planner;
  private @Nullable UsageException refused;

  /** Splits what is left, with the tables of a selection. */
  @FunctionalInterface
  public interface Planner {

    /**
     * A plan.
     *
     * @param others whether it tells of other sizes
     */
    Plan of(Selection selection, boolean others) throws CompotException;
  }

  private record Tried(Plan plan, double rise) {}

  private TableChoice(Selection selection, List<ProjectionProfile> profiles, Planner planner) {
    this.selection = selection;
    this.planner = planner;
    for (ProjectionProfile each : profiles) {
      Map<Long, Double> its = new LinkedHashMap<>();
      for (CompressionOption option : each.source().options()) {
        its.put(option.bits(), option.error(ErrorMeasure.LOSS_RISE));
      }
      rises.put(each.name(), its);
    }
  }

  /**
   * The best plan.
   *
   * @param tables a profile of each table on offer, with the rise that each width is predicted to
   *     cause; none where they are what the selection says
   * @throws UsageException where the size cannot be reached at all
   */
  public static Plan of(Selection selection, List<ProjectionProfile> tables, Planner planner)
      throws CompotException {
    return tables.isEmpty()
        ? planner.of(selection, true)
        : new TableChoice(selection, tables, planner).best();
  }

  private Plan best() throws CompotException {
    Map<String, Optional<PlannedTable>> chosen = new LinkedHashMap<>();
    rises.keySet().forEach(name -> chosen.put(name, smallest(name)));
    Tried best = tried(chosen);
    for (String name : rises.keySet()) {
      Optional<PlannedTable> kept = chosen.get(name);
      for (Optional<PlannedTable> candidate : candidates(name)) {
        chosen.put(name, candidate);
        Tried tried = tried(chosen);
        if (tried != null && (best == null || tried.rise() < best.rise())) {
          best = tried;
          kept = candidate;
        }
      }
      chosen.put(name, kept);
    }
    if (best == null) {
      throw Objects.requireNonNull(refused);
    }
    return planner.of(selection.with(best.plan().tables()), true);
  }

  /** What a table may be: a width, or as it is. */
  private List<Optional<PlannedTable>> candidates(String name) {
    List<Optional<PlannedTable>> candidates = new ArrayList<>();
    selection.offers().stream()
        .filter(each -> each.name().equals(name))
        .forEach(each -> candidates.add(Optional.of(each)));
    candidates.add(Optional.empty());
    return candidates;
  }

  private Optional<PlannedTable> smallest(String name) {
    return selection.offers().stream()
        .filter(each -> each.name().equals(name))
        .min((a, b) -> Long.compare(a.bitsAfter(), b.bitsAfter()));
  }

  private @Nullable Tried tried(Map<String, Optional<PlannedTable>> chosen) throws CompotException {
    List<PlannedTable> tables = chosen.values().stream().flatMap(Optional::stream).toList();
    double rise = 0;
    for (PlannedTable table : tables) {
      rise += rises.getOrDefault(table.name(), Map.of()).getOrDefault(table.bitsAfter(), 0.0);
    }
    try {
      Plan plan = planner.of(selection.with(tables), false);
      DamageCurve curve = plan.curve();
      return new Tried(plan, rise + (curve == null ? 0 : curve.chosen().rise()));
    } catch (UsageException e) {
      refused = refused == null ? e : refused; // of the smallest, which was tried first
      return null;
    }
  }
}
