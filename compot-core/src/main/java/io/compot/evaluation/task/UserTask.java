package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.evaluation.data.Wanted;
import io.compot.text.YamlFields;
import io.compot.text.rows.Row;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A task that a user describes in a YAML file (docs/tasks.md). */
record UserTask(Task task, TaskData data) {

  private static final List<String> CHOICE =
      List.of(
          "name",
          "kind",
          "data",
          "prompt",
          "choices",
          "answer",
          "description",
          "delimiter",
          "shots");
  private static final List<String> PERPLEXITY = List.of("name", "kind", "data", "text");

  /**
   * Reads a task file.
   *
   * @throws InputException naming the file and the field that is missing, unknown or wrong
   */
  static UserTask read(Path file) throws InputException {
    YamlFields yaml = YamlFields.read(file, "see docs/tasks.md");
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw InputException.in(file, "this is no file", "give the path of a task file");
    }
    Map<String, String> files = new HashMap<>();
    files.put("test", yaml.requiredText("data"));
    yaml.requiredText("kind");
    return switch (yaml.choice("kind", List.of("multiple_choice", "perplexity")).orElseThrow()) {
      case "multiple_choice" -> {
        yaml.only(CHOICE);
        if (yaml.has("shots")) {
          files.put("train", yaml.requiredText("shots"));
        }
        yield new UserTask(choice(yaml), new TaskData.InFiles(file, folder, files));
      }
      default -> {
        yaml.only(PERPLEXITY);
        yield new UserTask(perplexity(yaml), new TaskData.InFiles(file, folder, files));
      }
    };
  }

  private static Task choice(YamlFields yaml) throws InputException {
    Template prompt = template(yaml, "prompt", yaml.requiredText("prompt"));
    String answer = yaml.requiredText("answer");
    List<Template> worded = new ArrayList<>();
    String column = "";
    if (yaml.isScalar("choices")) {
      column = yaml.requiredText("choices");
    } else {
      for (String each : yaml.texts("choices")) {
        worded.add(template(yaml, "choices", each));
      }
      if (worded.size() < 2) {
        throw yaml.refuse(
            "choices", "expected a column that holds a list, or a list of at least two texts");
      }
    }
    String list = column;
    DocumentReader.OfRow reader =
        row -> {
          List<String> texts = new ArrayList<>();
          if (worded.isEmpty()) {
            texts.addAll(row.texts(list));
          }
          for (Template each : worded) {
            texts.add(each.fill(row));
          }
          return new Document.MultipleChoice(prompt.fill(row), texts, answer(row, answer, texts));
        };
    return new Task(
        yaml.requiredText("name"),
        "1",
        Wanted.of(yaml.requiredText("name")),
        "test",
        yaml.has("shots") ? Optional.of(Shots.drawn("train")) : Optional.empty(),
        yaml.text("description").orElse(""),
        yaml.text("delimiter").orElse(" "),
        DocumentReader.each(reader),
        List.of(Metric.ACC, Metric.ACC_NORM, Metric.ACC_BYTES));
  }

  /** An index from 0, a letter from A, or the text of the right choice. */
  private static int answer(Row row, String column, List<String> choices) throws InputException {
    if (row.has(column) && row.columns().get(column).isString()) {
      String answer = row.text(column);
      int index = choices.indexOf(answer);
      if (index < 0 && answer.length() == 1 && answer.charAt(0) >= 'A') {
        index = answer.charAt(0) - 'A';
      }
      if (index >= 0) {
        return row.withinRange(column, index, choices.size());
      }
    }
    return row.index(column, choices.size());
  }

  private static Task perplexity(YamlFields yaml) throws InputException {
    Template template = template(yaml, "text", yaml.requiredText("text"));
    DocumentReader.OfRow reader =
        row -> {
          String text = template.fill(row);
          return new Document.Page(text, text);
        };
    return new Task(
        yaml.requiredText("name"),
        "1",
        Wanted.of(yaml.requiredText("name")),
        "test",
        Optional.empty(),
        "",
        "",
        DocumentReader.each(reader),
        List.of(Metric.WORD_PERPLEXITY, Metric.BYTE_PERPLEXITY, Metric.BITS_PER_BYTE));
  }

  private static Template template(YamlFields yaml, String field, String text)
      throws InputException {
    try {
      return Template.parse(text);
    } catch (IllegalArgumentException e) {
      throw yaml.refuse(
          field, String.valueOf(e.getMessage()), "write columns as {column}, braces as {{ }}");
    }
  }
}
