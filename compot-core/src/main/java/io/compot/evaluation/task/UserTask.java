package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.evaluation.data.Row;
import io.compot.evaluation.data.Wanted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** A task that a user describes in a YAML file (docs/tasks.md). */
record UserTask(Task task, TaskData data) {

  private static final long LARGEST = 1 << 20;
  private static final YAMLMapper MAPPER =
      YAMLMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final Set<String> COMMON = Set.of("name", "kind", "data");
  private static final Set<String> CHOICE =
      Set.of("prompt", "choices", "answer", "description", "delimiter", "shots");
  private static final Set<String> PERPLEXITY = Set.of("text");

  /**
   * Reads a task file.
   *
   * @throws InputException naming the file and the field that is missing, unknown or wrong
   */
  static UserTask read(Path file) throws InputException {
    ObjectNode yaml = yaml(file);
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw InputException.in(file, "this is no file", "give the path of a task file");
    }
    Map<String, String> files = new HashMap<>();
    files.put("test", text(file, yaml, "data"));
    return switch (text(file, yaml, "kind")) {
      case "multiple_choice" -> {
        refuseUnknown(file, yaml, CHOICE);
        if (yaml.has("shots")) {
          files.put("train", text(file, yaml, "shots"));
        }
        yield new UserTask(choice(file, yaml), new TaskData.InFiles(folder, files));
      }
      case "perplexity" -> {
        refuseUnknown(file, yaml, PERPLEXITY);
        yield new UserTask(perplexity(file, yaml), new TaskData.InFiles(folder, files));
      }
      default ->
          throw InputException.in(
              file, "kind", "unknown kind of task", "write multiple_choice or perplexity");
    };
  }

  private static Task choice(Path file, ObjectNode yaml) throws InputException {
    Template prompt = template(file, "prompt", text(file, yaml, "prompt"));
    String answer = text(file, yaml, "answer");
    JsonNode choices = yaml.get("choices");
    List<Template> worded = new ArrayList<>();
    String column = "";
    if (choices != null && choices.isString()) {
      column = choices.stringValue();
    } else if (choices != null && choices.isArray() && choices.size() > 1) {
      for (JsonNode each : choices) {
        worded.add(template(file, "choices", each.asString()));
      }
    } else {
      throw InputException.in(
          file,
          "choices",
          "expected a column that holds a list, or a list of at least two texts",
          "see docs/tasks.md");
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
        text(file, yaml, "name"),
        "1",
        Wanted.of(text(file, yaml, "name")),
        "test",
        yaml.has("shots") ? Optional.of(Shots.drawn("train")) : Optional.empty(),
        yaml.has("description") ? text(file, yaml, "description") : "",
        yaml.has("delimiter") ? text(file, yaml, "delimiter") : " ",
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

  private static Task perplexity(Path file, ObjectNode yaml) throws InputException {
    Template template = template(file, "text", text(file, yaml, "text"));
    DocumentReader.OfRow reader =
        row -> {
          String text = template.fill(row);
          return new Document.Page(text, text);
        };
    return new Task(
        text(file, yaml, "name"),
        "1",
        Wanted.of(text(file, yaml, "name")),
        "test",
        Optional.empty(),
        "",
        "",
        DocumentReader.each(reader),
        List.of(Metric.WORD_PERPLEXITY, Metric.BYTE_PERPLEXITY, Metric.BITS_PER_BYTE));
  }

  private static Template template(Path file, String field, String text) throws InputException {
    try {
      return Template.parse(text);
    } catch (IllegalArgumentException e) {
      throw InputException.in(
          file,
          field,
          String.valueOf(e.getMessage()),
          "write columns as {column}, braces as {{ }}");
    }
  }

  private static ObjectNode yaml(Path file) throws InputException {
    try {
      if (!Files.isRegularFile(file)) {
        throw InputException.in(file, "there is no such task file", "check the path");
      }
      if (Files.size(file) > LARGEST) {
        throw InputException.in(file, "the file is too large for a task", "is it the right file?");
      }
      if (MAPPER.readTree(Files.readString(file)) instanceof ObjectNode object) {
        return object;
      }
      throw InputException.in(file, "expected fields (name: value)", "see docs/tasks.md");
    } catch (JacksonException e) {
      String reason = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
      throw InputException.in(file, "not valid YAML (" + reason + ")", "see docs/tasks.md");
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e + "); save it as UTF-8", e);
    }
  }

  private static void refuseUnknown(Path file, ObjectNode yaml, Set<String> more)
      throws InputException {
    for (var field : yaml.properties()) {
      if (!COMMON.contains(field.getKey()) && !more.contains(field.getKey())) {
        throw InputException.in(
            file, field.getKey(), "a task of this kind has no such field", "see docs/tasks.md");
      }
    }
  }

  private static String text(Path file, ObjectNode yaml, String field) throws InputException {
    JsonNode value = yaml.get(field);
    if (value == null || !value.isString()) {
      throw InputException.in(
          file, field, value == null ? "is missing" : "expected a text", "see docs/tasks.md");
    }
    return value.stringValue();
  }
}
