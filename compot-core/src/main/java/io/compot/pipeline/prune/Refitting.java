package io.compot.pipeline.prune;

import static org.bytedeco.pytorch.global.torch.cholesky_solve;

import io.compot.calibration.ForwardStates;
import io.compot.calibration.Gram;
import io.compot.calibration.HiddenStates;
import io.compot.calibration.Lengths;
import io.compot.calibration.StateStore;
import io.compot.edit.Narrow.Kept;
import io.compot.error.CompotException;
import io.compot.journal.WorkFolder;
import io.compot.model.Block;
import io.compot.model.Context;
import io.compot.model.Dimension.Axis;
import io.compot.model.ObservedLinear;
import io.compot.model.WeightLoader;
import io.compot.pipeline.prune.ChannelGroups.Member;
import io.compot.progress.Stage;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.RidgedCholesky;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import org.bytedeco.pytorch.Tensor;

/**
 * Weights whose columns that stay make up for those that go: with the Gram matrix G of the input
 * and K the columns that stay,
 *
 * <pre>
 * W_K = W G_:K (G_KK + λI)⁻¹, which minimises ‖W x − W_K x_K‖² over the calibration tokens
 * </pre>
 */
final class Refitting {

  /** λ, as a part of the mean diagonal entry. */
  private static final double RIDGE = 1e-4;

  private final PruningJob job;
  private final WorkFolder work;
  private final Stage stage;

  Refitting(PruningJob job, WorkFolder work, Stage stage) {
    this.job = job;
    this.work = work;
    this.stage = stage;
  }

  /** The files of the weights, by name: whole ones, of which the columns that go are yet to go. */
  Map<String, Path> of(SortedMap<Integer, Kept> kept) throws CompotException {
    Map<String, Path> files = new LinkedHashMap<>();
    List<Integer> missing = new ArrayList<>();
    for (int block : kept.keySet()) {
      if (work.find(name(block), String[].class).isEmpty()) {
        missing.add(block);
      }
    }
    if (!missing.isEmpty()) {
      var store = new StateStore(work, "refit", 0);
      try (var states = new ForwardStates(job.feed(), job.loader(), store)) {
        states.find(job.stack().blocks() + 1);
        states.run(stage.stop());
        for (int block : missing) {
          refit(block, Objects.requireNonNull(kept.get(block)), states);
          stage.advance("block %d/%d".formatted(block + 1, job.stack().blocks()), 1);
        }
        states.discard();
      }
    }
    for (int block : kept.keySet()) {
      for (String tensor : work.find(name(block), String[].class).orElseThrow()) {
        files.put(tensor, work.file(name(block)));
      }
    }
    return files;
  }

  private static String name(int block) {
    return "refit/" + block + ".safetensors";
  }

  private void refit(int block, Kept kept, ForwardStates states) throws CompotException {
    List<Member> columns =
        ChannelGroups.of(job.shape(), block).members().stream()
            .filter(member -> !member.rows() && staying(kept, member).isPresent())
            .toList();
    Map<String, Gram> grams = new LinkedHashMap<>();
    Map<String, Tensor> made = new LinkedHashMap<>();
    try (var _ = TensorScope.open()) {
      for (Member each : columns) {
        grams.put(
            each.projection().name(), new Gram(each.projection().name(), each.projection().in()));
      }
      observe(block, grams, states);
      for (Member each : columns) {
        Gram gram = Objects.requireNonNull(grams.get(each.projection().name()));
        gram.requireFinite();
        Tensor weight = each.projection().weight(job.model());
        Tensor fitted = fit(weight, gram.matrix(), places(each, staying(kept, each).orElseThrow()));
        made.put(
            each.projection().weightName(), each.projection().layout().turned(fitted).contiguous());
      }
      Path file = work.file(name(block));
      List<TensorInfo> infos = new ArrayList<>();
      for (var each : made.entrySet()) {
        infos.add(
            new TensorInfo(
                each.getKey(), Dtype.of(each.getValue()), job.model().info(each.getKey()).shape()));
      }
      try (var writer = new SafetensorsWriter(file, infos, Map.of())) {
        for (var each : made.entrySet()) {
          writer.write(each.getKey(), each.getValue());
        }
        writer.finish();
      }
      work.finish(List.of(new WorkFolder.Finished(name(block), List.copyOf(made.keySet()))));
    } finally {
      grams.values().forEach(Gram::close);
    }
  }

  private static Optional<List<Integer>> staying(Kept kept, Member member) {
    return member.axis() == Axis.HEADS ? kept.heads() : kept.channels();
  }

  private void observe(int block, Map<String, Gram> grams, ForwardStates states)
      throws CompotException {
    WeightLoader watching =
        job.loader()
            .decorated(linear -> {
              Gram gram = grams.get(linear.name());
              return gram == null ? linear : new ObservedLinear(linear, gram::add);
            });
    HiddenStates before = states.before(block);
    try (Block loaded = job.stack().block(block, watching)) {
      for (Lengths.Batch batch : before.lengths().batches()) {
        stage.safePoint();
        try (var _ = TensorScope.open()) {
          loaded.forward(before.batch(batch.from(), batch.to()), Context.none());
        }
      }
    }
  }

  private static long[] places(Member member, List<Integer> staying) {
    long[] places = new long[Math.toIntExact(staying.size() * member.unit())];
    int next = 0;
    for (int each : staying) {
      for (long i = 0; i < member.unit(); i++) {
        places[next++] = member.from() + each * member.unit() + i;
      }
    }
    return places;
  }

  /**
   * The weight with those columns fitted.
   *
   * @param weight [out, in]
   * @param gram [in, in], in double
   * @return [out, in] in the weight's type, in the caller's scope
   */
  static Tensor fit(Tensor weight, Tensor gram, long[] places) {
    try (var scope = TensorScope.open();
        var arena = Arena.ofConfined()) {
      var segment = arena.allocateFrom(ValueLayout.JAVA_LONG, places);
      Tensor index = NativeMemory.tensor(segment, Dtype.I64, places.length).clone();
      Tensor w = weight.to(gram.scalar_type());
      Tensor left = gram.index_select(0, index);
      Tensor square = left.index_select(1, index).clone();
      double ridge = RIDGE * Math.max(Double.MIN_NORMAL, square.diagonal().mean().item_double());
      Tensor lower = RidgedCholesky.lower(square, ridge);
      Tensor fitted = cholesky_solve(left.mm(w.t()), lower).t();
      Tensor whole = w.clone();
      whole.index_copy_(1, index, fitted.contiguous());
      return scope.keep(whole.to(weight.scalar_type()));
    }
  }
}
