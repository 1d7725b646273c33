package io.compot.pipeline.pass;

import io.compot.allocation.ProjectionProfile;
import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.OptionList;
import io.compot.calibration.BackwardPass;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.form.Packed;
import io.compot.journal.WorkFolder;
import io.compot.model.Architecture;
import io.compot.model.TensorSpec;
import io.compot.model.WeightLoader;
import io.compot.plan.PlannedTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What rounding the embedding and the output projection would cost, for each width on offer: as
 * head, the divergence of the distributions that it makes of the original's hidden states; as
 * embedding, the rise that the gradient before the first block predicts; of a tied one, the sum.
 */
public final class TableCosts {

  private final Architecture architecture;
  private final ModelSource source;
  private final List<PlannedTable> offers;
  private final WorkFolder work;

  /**
   * Costs of offers.
   *
   * @param work holds what is known of them, of this process or an earlier one
   */
  public TableCosts(
      Architecture architecture, ModelSource source, List<PlannedTable> offers, WorkFolder work) {
    this.architecture = architecture;
    this.source = source;
    this.offers = List.copyOf(offers);
    this.work = work;
  }

  /** Whether all are known. */
  boolean known() throws CompotException {
    for (PlannedTable offer : offers) {
      if (work.find(key("head", offer), Double.class).isEmpty()
          || work.find(key("entry", offer), Double.class).isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /** Measures them as heads. */
  void heads(WeightLoader loader, BackwardPass.HeadTrial.Measure measure) throws CompotException {
    Set<String> ofHead =
        architecture.headTensors().map(TensorSpec::base).collect(Collectors.toSet());
    for (PlannedTable offer : offers) {
      note("head", offer, ofHead.contains(offer.name()), loader, measure);
    }
  }

  /** Predicts their costs as embeddings. */
  void entries(WeightLoader loader, BackwardPass pass) throws CompotException {
    for (PlannedTable offer : offers) {
      note("entry", offer, true, loader, pass::entryRise);
    }
  }

  private void note(
      String as,
      PlannedTable offer,
      boolean matters,
      WeightLoader loader,
      BackwardPass.HeadTrial.Measure measure)
      throws CompotException {
    if (work.find(key(as, offer), Double.class).isPresent()) {
      return;
    }
    double cost = 0;
    if (matters) {
      try (Packed rounded = RoundedTable.of(source, offer)) {
        cost = measure.of(loader.replacing(Map.of(offer.name(), rounded)));
      }
    }
    work.note(key(as, offer), cost);
  }

  /** A profile for each table, whose options are its widths. */
  List<ProjectionProfile> profiles() throws CompotException {
    Map<String, List<CompressionOption>> options = new LinkedHashMap<>();
    Map<String, PlannedTable> tables = new LinkedHashMap<>();
    for (PlannedTable offer : offers) {
      double rise =
          work.find(key("head", offer), Double.class).orElseThrow()
              + work.find(key("entry", offer), Double.class).orElseThrow();
      tables.put(offer.name(), offer);
      options
          .computeIfAbsent(offer.name(), _ -> new ArrayList<>())
          .add(
              new CompressionOption(
                  offer.form().words(),
                  Optional.of(offer.form()),
                  offer.bitsAfter(),
                  Map.of(ErrorMeasure.LOSS_RISE, rise)));
    }
    List<ProjectionProfile> profiles = new ArrayList<>();
    options.forEach((name, its) -> {
      PlannedTable table = Objects.requireNonNull(tables.get(name));
      var list = OptionList.rankedBy(ErrorMeasure.LOSS_RISE, its);
      profiles.add(
          ProjectionProfile.of(name, table.in(), table.out(), 0, table.bitsBefore(), list));
    });
    return profiles;
  }

  private static String key(String as, PlannedTable offer) {
    return "tables/%s/%s/%d".formatted(offer.name(), as, offer.bitsAfter());
  }
}
