package io.compot.pipeline.prune;

import io.compot.calibration.ForwardStates;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.method.structured.Gap;
import io.compot.method.structured.GapChoice;
import io.compot.method.structured.ReplaceMeMethod;
import io.compot.progress.Stage;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** Looks for the blocks that are missed least. */
final class GapSearch {

  private final ReplaceMeMethod method;
  private final PruningJob job;
  private final ForwardStates states;
  private final Stage stage;

  /**
   * In a model.
   *
   * @param states before all its blocks and behind the last
   */
  GapSearch(ReplaceMeMethod method, PruningJob job, ForwardStates states, Stage stage) {
    this.method = method;
    this.job = job;
    this.states = states;
    this.stage = stage;
  }

  /**
   * What was found, as the journal keeps it.
   *
   * @param gaps ascending
   * @param notes for people
   */
  record Found(List<Gap> gaps, List<String> notes) {}

  /** The gaps of so many blocks, for which there is room. */
  Found of(int dropped) throws CompotException {
    return switch (method.choice()) {
      case DISTANCE -> byDistance(dropped);
      case LOSS -> byLoss(dropped);
      case INFLUENCE -> byInfluence(dropped);
    };
  }

  private Found byDistance(int dropped) throws CompotException {
    int blocks = job.stack().blocks();
    // With one gap all blocks go in it.
    int least = Math.min(method.gaps(), dropped) == 1 ? dropped : 1;
    double[][] distances = new double[blocks + 1][blocks + 1];
    for (int before = 1; before < blocks; before++) {
      for (int behind = before + 1; behind <= Math.min(blocks, before + dropped); behind++) {
        boolean asked = behind - before >= least;
        distances[before][behind] =
            asked
                ? GapDistances.of(method.distance(), states, before, behind, stage.stop())
                : Double.POSITIVE_INFINITY;
      }
      stage.advance("distances", 1);
    }
    List<Gap> gaps =
        GapChoice.of(blocks, method.gaps(), dropped, (before, behind) -> distances[before][behind])
            .orElseThrow();
    List<String> notes = new ArrayList<>();
    for (Gap gap : gaps) {
      notes.add(
          String.format(
              Locale.ROOT,
              "%s dropped: %s distance %.4g",
              gap,
              method.distance().name().toLowerCase(Locale.ROOT),
              distances[gap.first()][gap.end()]));
    }
    return new Found(gaps, notes);
  }

  /** One gap after the other, each where least is lost with those before it in place. */
  private Found byLoss(int dropped) throws CompotException {
    int blocks = job.stack().blocks();
    var fits = new GapMaps(job, states, stage.stop());
    var trial = new GapTrial(job, states, stage.stop());
    List<String> notes = new ArrayList<>();
    try (var _ = TensorScope.open()) {
      Map<Gap, Tensor> chosen = new HashMap<>();
      int[] counts = GapChoice.evenly(dropped, method.gaps());
      for (int i = 0; i < counts.length; i++) {
        Gap best = null;
        double least = Double.POSITIVE_INFINITY;
        for (int first = 1; first + counts[i] <= blocks; first++) {
          Gap gap = new Gap(first, counts[i]);
          if (!chosen.keySet().stream().allMatch(gap::apart)) {
            continue;
          }
          Map<Gap, Tensor> all = new LinkedHashMap<>(chosen);
          all.put(gap, fits.fit(gap, method.map(), method.ridge()));
          double lost = trial.divergence(all);
          if (lost < least) {
            least = lost;
            best = gap;
          }
          stage.advance("tried " + gap, 1);
        }
        if (best == null) {
          throw new UsageException(
              "after %s there is no room for a gap of %d blocks; ask for fewer gaps"
                  .formatted(chosen.keySet(), counts[i]));
        }
        chosen.put(best, fits.fit(best, method.map(), method.ridge()));
        notes.add(
            String.format(Locale.ROOT, "%s dropped: %.4g nats a token are lost", best, least));
      }
      List<Gap> gaps =
          chosen.keySet().stream().sorted(Comparator.comparingInt(Gap::first)).toList();
      return new Found(gaps, notes);
    }
  }

  private Found byInfluence(int dropped) throws CompotException {
    Map<Integer, Double> influence = new HashMap<>();
    for (int block = 1; block < job.stack().blocks(); block++) {
      influence.put(block, GapDistances.influence(states, block, stage.stop()));
      stage.advance("influence", 1);
    }
    List<Integer> least =
        IntStream.range(1, job.stack().blocks())
            .boxed()
            .sorted(Comparator.comparing(influence::get))
            .limit(dropped)
            .toList();
    List<String> notes = new ArrayList<>();
    for (int block : least) {
      notes.add(
          String.format(
              Locale.ROOT, "block %d dropped: influence %.4g", block, influence.get(block)));
    }
    return new Found(Gap.of(new TreeSet<>(least)), notes);
  }
}
