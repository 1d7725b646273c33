package io.compot.pipeline.work;

import io.compot.calibration.PartOfPass;
import io.compot.calibration.SumFile;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.form.Packed;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.WeightLoader;
import io.compot.pipeline.pass.SharedInputs;
import io.compot.pipeline.task.PairedSums;
import io.compot.pipeline.task.PairedTask;
import io.compot.pipeline.task.StepTask;
import io.compot.plan.LayerTask;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Takes windows through blocks of the original and of what was compressed of it so far. */
public final class PairedWorker {

  private PairedWorker() {}

  /** Sums what a part's inputs look like in both. */
  public static PairedTask.Observed run(PairedTask task) throws CompotException {
    try (ModelSource checkpoint = task.premises().open()) {
      var architecture = Architecture.of(checkpoint);
      var stack = architecture.decoder();
      var loader = WeightLoader.of(checkpoint, task.premises().type());
      var sums = SharedInputs.named(stack, task.block(), task.sums());
      boolean originals = sums.values().stream().anyMatch(each -> each.original() != null);
      Map<String, Long> tokens = new LinkedHashMap<>();
      Map<String, Packed> done = factors(architecture, task.done());
      try {
        var observed =
            new PartOfPass(stack, loader, task.lengths())
                .observe(
                    task.block(),
                    task.original(),
                    task.compressed(),
                    new ArrayList<>(sums.keySet()),
                    done,
                    originals);
        try {
          for (var each : observed.entrySet()) {
            PairedSums files = Objects.requireNonNull(sums.get(each.getKey()));
            var seen = each.getValue();
            files.gram().write(seen.gram().matrix());
            files.drift().write(seen.driftSums());
            tokens.put(each.getKey().first().name(), seen.tokens());
            SumFile original = files.original();
            if (original != null) {
              original.write(Objects.requireNonNull(seen.original()).matrix());
            }
          }
        } finally {
          observed.values().forEach(each -> each.close());
        }
      } finally {
        done.values().forEach(Packed::close);
      }
      return new PairedTask.Observed(tokens);
    }
  }

  /** Takes a part through a block that is done. */
  public static StepTask.Stepped run(StepTask task) throws CompotException {
    try (ModelSource checkpoint = task.premises().open()) {
      var architecture = Architecture.of(checkpoint);
      var loader = WeightLoader.of(checkpoint, task.premises().type());
      var part = new PartOfPass(architecture.decoder(), loader, task.lengths());
      Map<String, Packed> done = factors(architecture, task.done());
      try {
        int block = task.block();
        return new StepTask.Stepped(
            part.step(block, task.before().original(), task.behind().original()),
            part.step(block, task.before().compressed(), task.behind().compressed(), done));
      } finally {
        done.values().forEach(Packed::close);
      }
    }
  }

  /** Factors of projections that are done, owned by the caller. */
  private static Map<String, Packed> factors(Architecture architecture, List<LayerTask> done)
      throws CompotException {
    Map<String, Packed> factors = new HashMap<>();
    boolean whole = false;
    try {
      for (LayerTask each : done) {
        var input = SharedInputs.holding(architecture, each.name());
        Projection projection = SharedInputs.projection(input, each.name());
        factors.put(
            each.name(),
            FactorFile.read(
                each.output(), each.name(), each.form(), projection.in(), projection.out()));
      }
      whole = true;
      return factors;
    } finally {
      if (!whole) {
        factors.values().forEach(Packed::close);
      }
    }
  }
}
