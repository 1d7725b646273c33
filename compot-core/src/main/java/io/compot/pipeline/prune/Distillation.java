package io.compot.pipeline.prune;

import io.compot.calibration.HiddenStates;
import io.compot.calibration.LastStates;
import io.compot.calibration.StackFeed;
import io.compot.calibration.StateStore;
import io.compot.checkpoint.ModelSource;
import io.compot.edit.Edit;
import io.compot.edit.Replaced;
import io.compot.error.CompotException;
import io.compot.journal.WorkFolder;
import io.compot.method.structured.HealMethod;
import io.compot.method.structured.HealMethod.Towards;
import io.compot.model.Architecture;
import io.compot.model.Head;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.pipeline.train.NextTokenLoss;
import io.compot.pipeline.train.TrainedModel;
import io.compot.pipeline.train.TrainedModel.Loss;
import io.compot.pipeline.train.TrainingState;
import io.compot.pipeline.train.TrainingState.Found;
import io.compot.plan.TrainingCurve;
import io.compot.progress.Progress;
import io.compot.progress.Run;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Trains a whole model towards the original's next-token distributions, or the text's tokens. */
final class Distillation {

  private final HealMethod method;
  private final PruningJob job;
  private final WorkFolder work;
  private final Run run;
  private final long seed;

  Distillation(HealMethod method, PruningJob job, WorkFolder work, Run run, long seed) {
    this.method = method;
    this.job = job;
    this.work = work;
    this.run = run;
    this.seed = seed;
  }

  Taken take(ModelSource whole) throws CompotException {
    Healing.requireEnough(job);
    var state = new TrainingState(work, "training");
    if (method.towards() == Towards.TEXT) {
      return taken(train(new NextTokenLoss(job.samples().of(job.stack())), state), state);
    }
    Architecture original = Architecture.of(whole);
    Stack stack = original.decoder();
    WeightLoader loader = WeightLoader.of(whole, Dtype.F32);
    var feed = new StackFeed(stack, job.samples().of(job.stack()));
    var store = new StateStore(work, "original", run.memory());
    HiddenStates states;
    try (var stage = run.stage("calibrate", 0)) {
      states = LastStates.of(feed, loader, store, stage.stop());
    }
    try (states;
        Head head = original.head(loader)) {
      return taken(train(divergence(head, states), state), state);
    }
  }

  /** KL divergence of the original's distributions to the model's. */
  private static Loss divergence(Head head, HiddenStates states) {
    return (likelihoods, window, from) -> {
      try (var scope = TensorScope.open()) {
        Tensor hidden = states.batch(window, window + 1).narrow(1, from, likelihoods.size(1));
        Tensor logits = head.logits(head.normalise(hidden)).to(ScalarType.Float);
        Tensor own = torch.log_softmax(logits, -1);
        return scope.keep(own.exp().mul(own.sub(likelihoods)).sum());
      }
    };
  }

  /** The curve, and what it was found by. */
  private record Trained(Found found, TrainingCurve curve, List<String> notes) {}

  private Trained train(Loss loss, TrainingState state) throws CompotException {
    var lengths = job.samples().of(job.stack()).lengths();
    try (var model =
        new TrainedModel(
            job.architecture(),
            job.model(),
            job.samples().of(job.stack()),
            Healing.source(method, job.model(), seed),
            loss)) {
      var training =
          new ModelTraining(method, model, state, lengths.count(), lengths.each().getFirst(), seed);
      try (var stage = run.stage("heal", training.looks())) {
        Found found = training.run(stage);
        List<TrainingCurve.Point> points = new ArrayList<>();
        for (int i = 0; i < found.losses().size(); i++) {
          points.add(new TrainingCurve.Point(training.rounds(i), found.losses().get(i)));
        }
        return new Trained(
            found, new TrainingCurve(what(), points, found.best()), training.notes(found));
      }
    }
  }

  private String what() {
    return method.towards() == Towards.TEXT
        ? "negative log-likelihood of the text, in nats a token"
        : "KL divergence to the original, in nats a token";
  }

  private Taken taken(Trained trained, TrainingState state) throws CompotException {
    Found found = trained.found();
    Map<String, Path> tensors = new HashMap<>();
    String words =
        String.format(
            Locale.ROOT,
            "%s on windows held out: %.4f before, %.4f after",
            what(),
            found.losses().getFirst(),
            found.losses().get(found.best()));
    Map<Integer, String> why = new HashMap<>();
    if (found.best() > 0) {
      Path file = state.best(found);
      try (var best = SafetensorsFile.open(file)) {
        best.names().forEach(name -> tensors.put(name, file));
      }
      IntStream.range(0, job.stack().blocks()).forEach(block -> why.put(block, "healed"));
    }
    List<Edit> edits = tensors.isEmpty() ? List.of() : List.of(new Replaced(tensors));
    List<Integer> blocks = IntStream.range(0, job.stack().blocks()).boxed().toList();
    List<String> notes = new ArrayList<>(List.of("healed: " + words));
    notes.addAll(trained.notes());
    trained.notes().forEach(each -> run.tell(new Progress.Notice(each)));
    return new Taken(edits, blocks, why, notes, trained.curve());
  }
}
