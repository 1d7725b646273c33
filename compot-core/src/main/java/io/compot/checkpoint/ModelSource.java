package io.compot.checkpoint;

import io.compot.error.InputException;
import io.compot.form.Form;
import io.compot.safetensors.WeightSource;
import io.compot.text.ConfigFile;
import io.compot.tokenizer.TextTokenizer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A model as it may be read: what its configuration says, its named tensors and what comes along
 * with them. It is a folder or a view of one; whoever reads a model needs to know no more.
 */
public interface ModelSource extends WeightSource, AutoCloseable {

  /** The folder that it is read from, for messages. */
  Path folder();

  /** The fields of {@code config.json}. */
  ConfigFile config();

  /** How the weights are packed; empty for an ordinary model. */
  Optional<CompressionSection> compression();

  @Override
  default Map<String, Form> packed() {
    return compression().map(CompressionSection::projections).orElse(Map.of());
  }

  /** Whether there is a {@code tokenizer.json}. */
  boolean hasTokenizer();

  /**
   * Loads the tokenizer; the caller closes it.
   *
   * @throws InputException where there is none of a kind that can be read, with advice
   */
  TextTokenizer tokenizer() throws InputException;

  /**
   * The files that belong to the model beside configuration and weights, and go unchanged into
   * every checkpoint made from it: tokenizer, generation settings, chat templates, licences.
   */
  SideFiles sideFiles();

  /**
   * The SHA-256 digests by which the model is known again, of everything that decides what it
   * computes: by the names of files, and those of what a view changes.
   *
   * @throws InputException where a file cannot be read
   */
  Map<String, String> digests() throws InputException;

  @Override
  void close();
}
