package io.compot.pipeline.prune;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.form.Form;
import io.compot.form.codec.Codecs;
import io.compot.method.structured.StructuredMethod;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.Stack;
import io.compot.plan.BitCount;
import io.compot.plan.Fate;
import io.compot.plan.Plan;
import io.compot.plan.PlannedProjection;
import io.compot.tensor.Dtype;
import java.util.ArrayList;
import java.util.List;

/** What became of every projection of a model that parts were taken out of. */
final class PrunedPlan {

  private PrunedPlan() {}

  static Plan of(
      StructuredMethod method, String allocation, PruningJob job, Taken taken, ModelSource smaller)
      throws InputException {
    Stack before = job.stack();
    Stack after = Architecture.of(smaller).decoder();
    List<PlannedProjection> planned = new ArrayList<>();
    for (int block = 0; block < before.blocks(); block++) {
      int place = taken.kept().indexOf(block);
      List<Projection> were = projections(before, block);
      List<Projection> are = place < 0 ? List.of() : projections(after, place);
      String why = taken.why().getOrDefault(block, "as it was");
      for (int i = 0; i < were.size(); i++) {
        Projection was = were.get(i);
        long bits = PruningShape.bits(job.model(), was);
        Dtype stored = stored(job.model(), was);
        Fate fate;
        if (are.isEmpty()) {
          fate = new Fate.Cut(0, 0, 0, why);
        } else {
          Projection is = are.get(i);
          boolean whole = is.in() == was.in() && is.out() == was.out();
          fate =
              whole
                  ? new Fate.Kept(why)
                  : new Fate.Cut(is.in(), is.out(), PruningShape.bits(smaller, is), why);
        }
        planned.add(new PlannedProjection(was, stored, stored, method, bits, fate));
      }
    }
    long left = planned.stream().mapToLong(PlannedProjection::bitsAfter).sum();
    return new Plan(
        method.name(),
        allocation,
        taken.notes(),
        job.ratio(),
        planned,
        List.of(),
        new BitCount(job.shape().bits(), left),
        new BitCount(bits(job.model()), bits(smaller)),
        null,
        taken.training());
  }

  private static List<Projection> projections(Stack stack, int block) {
    return stack.projections(block).stream()
        .flatMap(input -> input.projections().stream())
        .toList();
  }

  /** Type of its numbers, or of the first of them. */
  private static Dtype stored(ModelSource model, Projection projection) throws InputException {
    Form form = model.packed().get(projection.name());
    return form == null
        ? model.info(projection.weightName()).dtype()
        : Codecs.denseType(form, projection.in(), projection.out());
  }

  /** Bits of all tensors. */
  static long bits(ModelSource model) throws InputException {
    long bits = 0;
    for (String name : model.names()) {
      bits += model.info(name).bytes() * Byte.SIZE;
    }
    return bits;
  }
}
