package io.compot.evaluation.task;

import io.compot.evaluation.request.Prompt;
import java.util.List;

/** One document of a task, in the words that the model sees. */
public sealed interface Document {

  /**
   * What the model is asked.
   *
   * @param before description and few-shot examples
   * @param delimiter between question and answer
   */
  List<Prompt> prompts(String before, String delimiter);

  /** The document with its right answer, as an example for others. */
  String example(String delimiter);

  /** Probability of a right answer by guessing; 0 where there is nothing to choose from. */
  default double chance() {
    return 0;
  }

  /**
   * A question and its possible answers ({@code output_type: multiple_choice}).
   *
   * @param gold index of the right choice
   */
  record MultipleChoice(String question, List<String> choices, int gold) implements Document {

    public MultipleChoice {
      choices = List.copyOf(choices);
    }

    @Override
    public List<Prompt> prompts(String before, String delimiter) {
      return choices.stream()
          .map(choice -> new Prompt(before + question, delimiter + choice))
          .toList();
    }

    @Override
    public String example(String delimiter) {
      return question + delimiter + choices.get(gold);
    }

    @Override
    public double chance() {
      return 1.0 / choices.size();
    }
  }

  /**
   * Possible beginnings of a sentence and its one end, which is what is scored ("partial
   * evaluation" of Trinh and Le 2018; multiple inputs in the harness).
   *
   * @param gold index of the right beginning
   */
  record Beginnings(List<String> beginnings, String end, int gold) implements Document {

    public Beginnings {
      beginnings = List.copyOf(beginnings);
    }

    @Override
    public List<Prompt> prompts(String before, String delimiter) {
      return beginnings.stream()
          .map(beginning -> new Prompt(before + beginning, delimiter + end))
          .toList();
    }

    @Override
    public String example(String delimiter) {
      return beginnings.get(gold) + delimiter + end;
    }

    @Override
    public double chance() {
      return 1.0 / beginnings.size();
    }
  }

  /**
   * A text and how it goes on ({@code output_type: loglikelihood}).
   *
   * @param target with the space in front of it; no delimiter is added when it is asked for
   */
  record Continuation(String text, String target) implements Document {

    @Override
    public List<Prompt> prompts(String before, String delimiter) {
      return List.of(new Prompt(before + text, target));
    }

    @Override
    public String example(String delimiter) {
      return text + delimiter + target;
    }
  }

  /**
   * A text scored whole ({@code output_type: loglikelihood_rolling}).
   *
   * @param text what the model sees
   * @param original what words and bytes are counted in
   */
  record Page(String text, String original) implements Document {

    @Override
    public List<Prompt> prompts(String before, String delimiter) {
      return List.of(new Prompt("", text));
    }

    @Override
    public String example(String delimiter) {
      throw new IllegalStateException("pages have no examples");
    }
  }
}
