package io.compot.pipeline.train;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.journal.WorkFolder;
import io.compot.method.structured.AdamW;
import io.compot.safetensors.SafetensorsFile;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/**
 * What training goes on from in another process: numbers, AdamW's moments and what was measured.
 * Two of them take turns, so that one is whole whenever a process ends.
 */
public final class TrainingState {

  private final WorkFolder work;
  private final String place;

  /**
   * In a work folder.
   *
   * @param place folder in it, of this training alone
   */
  public TrainingState(WorkFolder work, String place) {
    this.work = work;
    this.place = place;
  }

  /**
   * What was found until then.
   *
   * @param steps made
   * @param losses on what is held out, the first before any step
   */
  public record Found(int steps, List<Double> losses) {

    public Found {
      losses = List.copyOf(losses);
    }

    public double last() {
      return losses.getLast();
    }

    /** Number of the first of the least losses. */
    public int best() {
      return bestOf(losses.size());
    }

    /** The same of the first so many. */
    public int bestOf(int count) {
      int best = 0;
      for (int i = 1; i < count; i++) {
        if (losses.get(i) < losses.get(best)) {
          best = i;
        }
      }
      return best;
    }

    /** Measurements since then. */
    public int sinceBest() {
      return losses.size() - 1 - best();
    }

    public Found and(int made, double loss) {
      List<Double> all = new ArrayList<>(losses);
      all.add(loss);
      return new Found(made, all);
    }
  }

  private String numbers(int turn) {
    return place + "/numbers-" + turn + ".safetensors";
  }

  private String moments(int turn) {
    return place + "/moments-" + turn + ".adamw";
  }

  /** The file where the best numbers lie as the checkpoint stores them. */
  public Path best(Found found) throws FailureException {
    return work.file(kept(found));
  }

  private String kept(Found found) {
    return kept(found.best());
  }

  private String kept(int point) {
    return place + "/best-" + point + ".safetensors";
  }

  /** Brings it to disk. */
  public void save(Found found, List<Tensor> leaves, AdamW adam) throws CompotException {
    int turn = turn(found);
    var named = new LinkedHashMap<TensorInfo, Tensor>();
    for (int i = 0; i < leaves.size(); i++) {
      List<Long> shape = LongStream.of(leaves.get(i).shape()).boxed().toList();
      named.put(new TensorInfo(Integer.toString(i), Dtype.F32, shape), leaves.get(i));
    }
    write(numbers(turn), named);
    adam.save(work.file(moments(turn)));
    work.finish(
        List.of(
            new WorkFolder.Finished(numbers(turn), found),
            new WorkFolder.Finished(moments(turn), found)));
    removeSuperseded(found);
  }

  /** What was the best before the last two points is of no use to anybody. */
  private void removeSuperseded(Found found) throws FailureException {
    int before = found.bestOf(found.losses().size() - 1);
    for (int i = 0; i < before; i++) {
      Path file = work.file(kept(i));
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new FailureException(
            "%s: cannot be removed (%s); check its permissions".formatted(file, e.getMessage()), e);
      }
    }
  }

  /** Brings the numbers that are the best so far to disk, as the checkpoint stores them. */
  public void keep(Map<TensorInfo, Tensor> numbers, Found found) throws CompotException {
    write(kept(found), numbers);
    work.finish(List.of(new WorkFolder.Finished(kept(found), found)));
  }

  private void write(String name, Map<TensorInfo, Tensor> tensors) throws CompotException {
    try (var writer = new SafetensorsWriter(work.file(name), tensors.keySet(), Map.of())) {
      for (var each : tensors.entrySet()) {
        writer.write(each.getKey().name(), each.getValue().detach());
      }
      writer.finish();
    }
  }

  /** The file of AdamW's moments at some point. */
  public Path moments(Found found) throws FailureException {
    return work.file(moments(turn(found)));
  }

  private static int turn(Found found) {
    return found.losses().size() % 2;
  }

  /** Puts the numbers that were saved at some point back in their places. */
  public void goBack(TrainedModel model, Found found) throws CompotException {
    put(model, turn(found));
  }

  private void put(TrainedModel model, int turn) throws CompotException {
    try (var _ = TensorScope.open();
        var file = SafetensorsFile.open(work.file(numbers(turn)))) {
      List<Tensor> numbers = new ArrayList<>();
      for (int i = 0; i < model.leaves().size(); i++) {
        numbers.add(file.tensor(Integer.toString(i)));
      }
      model.put(numbers);
    }
  }

  /** The last numbers that are whole, put where they were. */
  public Optional<Found> restore(TrainedModel model) throws CompotException {
    Found latest = null;
    int turn = 0;
    for (int each = 0; each < 2; each++) {
      var found = work.find(numbers(each), Found.class);
      if (found.isPresent()
          && work.find(moments(each), Found.class).equals(found)
          && (found.get().best() == 0 || work.find(kept(found.get()), Found.class).isPresent())
          && (latest == null || found.get().steps() > latest.steps())) {
        latest = found.get();
        turn = each;
      }
    }
    if (latest == null) {
      return Optional.empty();
    }
    put(model, turn);
    return Optional.of(latest);
  }
}
