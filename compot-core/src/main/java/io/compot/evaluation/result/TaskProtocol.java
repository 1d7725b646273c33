package io.compot.evaluation.result;

import java.util.Map;

/**
 * Everything one must know to get the same figure again.
 *
 * @param harness whose wording and scoring is followed; "task file" for own tasks
 * @param version the harness's version of the task
 * @param split which split is measured
 * @param files SHA-256 of each data file, by its path in the data folder
 * @param documents documents measured
 * @param available documents of the split
 * @param shots few-shot examples before each document
 * @param seed of the generator that draws them
 * @param maxLength longest input in tokens; longer ones are cut from the left
 * @param cut documents with an input that was cut
 * @param prefixToken stands before texts without context
 * @param bos whether the tokenizer's beginning-of-text token stands before every text
 * @param computation element type of the forward pass
 * @param bootstrap resamples of bootstrapped standard errors
 */
public record TaskProtocol(
    String harness,
    String version,
    String split,
    Map<String, String> files,
    int documents,
    int available,
    int shots,
    long seed,
    int maxLength,
    int cut,
    long prefixToken,
    boolean bos,
    String computation,
    int bootstrap) {

  public TaskProtocol {
    files = Map.copyOf(files);
  }
}
