package io.compot.evaluation;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.evaluation.request.ScoredModel;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.WeightLoader;
import io.compot.tensor.Dtype;
import io.compot.tokenizer.TextTokenizer;
import java.nio.file.Path;

/** A checkpoint loaded in F32 for a test. */
public record LoadedModel(Checkpoint checkpoint, TextTokenizer tokenizer, CausalModel model)
    implements AutoCloseable {

  public static LoadedModel open(Path folder) throws InputException {
    Checkpoint checkpoint = Checkpoint.open(folder);
    return new LoadedModel(
        checkpoint,
        TextTokenizer.open(folder, checkpoint.config()),
        CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32)));
  }

  public ScoredModel scored() throws InputException {
    return ScoredModel.of(model, tokenizer, Dtype.F32, checkpoint.folder());
  }

  @Override
  public void close() {
    model.close();
    tokenizer.close();
    checkpoint.close();
  }
}
