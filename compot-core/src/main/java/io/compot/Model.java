package io.compot;

import io.compot.error.CompotException;
import io.compot.evaluation.Perplexity;
import io.compot.evaluation.PerplexityOptions;
import io.compot.progress.ProgressListener;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * A model ready to run, dense or compressed. Holds native memory and mapped files until closed; not
 * for use by several threads at once.
 *
 * <pre>{@code
 * try (Model model = Model.load(folder)) {
 *   System.out.println(model.evaluate(text).value());
 *   model.generate("Once upon a time", GenerationOptions.defaults(), System.out::print);
 * }
 * }</pre>
 */
@SuppressWarnings("DoNotCallSuggester") // signatures first
public final class Model implements AutoCloseable {

  private Model() {}

  /** Loads a checkpoint folder and computes in its own type (see {@link Computation#AUTO}). */
  public static Model load(Path folder) throws CompotException {
    return load(folder, Computation.AUTO);
  }

  /**
   * Loads a checkpoint folder in Hugging Face layout.
   *
   * @throws CompotException naming file, field or tensor where the folder is not acceptable
   */
  public static Model load(Path folder, Computation computation) throws CompotException {
    throw new UnsupportedOperationException();
  }

  /** Token perplexity of a UTF-8 text file with the default protocol. */
  public Perplexity evaluate(Path text) throws CompotException {
    return evaluate(text, PerplexityOptions.defaults(), ProgressListener.none());
  }

  /** Token perplexity of a UTF-8 text file. */
  public Perplexity evaluate(Path text, PerplexityOptions options, ProgressListener listener)
      throws CompotException {
    throw new UnsupportedOperationException();
  }

  /**
   * Continues a prompt.
   *
   * @param onText hears each piece of text as it comes; whole characters only
   */
  public Generation generate(String prompt, GenerationOptions options, Consumer<String> onText)
      throws CompotException {
    throw new UnsupportedOperationException();
  }

  /**
   * One forward pass over one sequence.
   *
   * @param tokens ids, positions from 0
   */
  public Forward forward(List<Integer> tokens) throws CompotException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
