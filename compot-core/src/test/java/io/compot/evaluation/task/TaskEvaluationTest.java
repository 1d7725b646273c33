package io.compot.evaluation.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.evaluation.LoadedModel;
import io.compot.evaluation.result.Comparison;
import io.compot.evaluation.result.Measurement;
import io.compot.evaluation.result.ResultsFile;
import io.compot.progress.ProgressListener;
import io.compot.testing.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Tasks from end to end on a trained model. */
class TaskEvaluationTest {

  @TempDir private Path folder;

  private static List<Measurement> run(TaskOptions options, @Nullable Path data, String... names)
      throws CompotException {
    try (var loaded = LoadedModel.open(SharedData.path("data/stories260k/hf"))) {
      return new TaskEvaluation(loaded.scored(), options, ProgressListener.none())
          .run(List.of(names), data);
    }
  }

  @Test
  void runsEveryTaskOnTheFilesThatAreThere() throws Exception {
    Path data = SharedData.path("data/tasks");
    List<Measurement> all =
        run(
            TaskOptions.defaults().withLimit(3).withBootstrap(1000),
            data,
            "piqa",
            "hellaswag",
            "lambada_openai",
            "arc_easy",
            "arc_challenge",
            "sciq:validation",
            "race",
            "boolq",
            "winogrande",
            "openbookqa",
            "mmlu_stem");
    assertThat(all.stream().map(each -> each.name() + " " + each.metric()))
        .startsWith("piqa acc", "piqa acc_norm", "piqa acc_bytes", "hellaswag acc")
        .contains("lambada_openai perplexity", "lambada_openai acc", "race acc", "mmlu_stem acc")
        .contains("mmlu_anatomy acc");
    for (Measurement each : all) {
      assertThat(each.documents()).isEqualTo(each.name().equals("mmlu_stem") ? 57 : 3);
      assertThat(each.value()).isFinite();
      assertThat(each.standardError()).isNotNull();
      assertThat(each.protocol().files()).isNotEmpty();
      assertThat(each.samples()).hasSize(each.documents());
    }
  }

  @Test
  void refusesBeforeItComputes() {
    Path data = SharedData.path("data/tasks");
    TaskOptions options = TaskOptions.defaults().withLimit(1);
    assertThatThrownBy(() -> run(options, data, "piqa", "piqua"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no task piqua, did you mean piqa?; choose from arc_challenge");
    assertThatThrownBy(() -> run(options, data, "sciq"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("sciq: there is no split test, only validation");
    // Beside piqa_validation.jsonl lies a piqa.jsonl, which says no split.
    assertThatThrownBy(() -> run(options, data, "piqa:test"))
        .hasMessageContaining("piqa: there is no split test, only unnamed, validation")
        .hasMessageContaining("as in piqa:validation");
    assertThatThrownBy(() -> run(options, data, "piqa:dev2")).hasMessageContaining("no split dev2");
    assertThatThrownBy(() -> run(options, null, "piqa")).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> run(options.withShots(2), data, "piqa"))
        .hasMessageContaining("no split train");
    assertThatThrownBy(() -> run(options.withShots(9), data, "mmlu_anatomy"))
        .hasMessageContaining("9 shots need 9 documents of split dev, which has 5");
    assertThatThrownBy(() -> run(options.withMaxLength(9999), data, "piqa"))
        .hasMessageContaining("from 2 to the model's 512");
  }

  @Test
  void runsTasksOfOnesOwn() throws Exception {
    Files.writeString(
        folder.resolve("mine.jsonl"),
        """
        {"q": "Lily has a {cat}.", "n": 2, "right": "B", "one": "no", "two": "yes"}
        {"q": "Tom has a dog.", "n": 3, "right": "no", "one": "no", "two": "yes"}
        """);
    Path task =
        Files.writeString(
            folder.resolve("mine.yaml"),
            """
            name: pets
            kind: multiple_choice
            data: mine.jsonl
            prompt: "{{n}} is {n}. {q}\\nIs it a cat?"
            choices: ["{one}", "{two}"]
            answer: right
            """);
    UserTask read = UserTask.read(task);
    PreparedTask prepared = PreparedTask.of(read.task(), read.data(), TaskOptions.defaults());
    assertThat(prepared.prompts().getFirst().get(1).context())
        .isEqualTo("{n} is 2. Lily has a {cat}.\nIs it a cat?");
    assertThat(prepared.prompts().getFirst().get(1).continuation()).isEqualTo(" yes");
    assertThat(prepared.documents())
        .extracting(each -> ((Document.MultipleChoice) each).gold())
        .containsExactly(1, 0);
    Path pages =
        Files.writeString(
            folder.resolve("pages.yaml"),
            "name: pages\nkind: perplexity\ndata: mine.jsonl\ntext: \"{q}\"\n");
    List<Measurement> all = run(TaskOptions.defaults(), null, task.toString(), pages.toString());
    assertThat(all.stream().map(each -> each.name() + " " + each.metric()))
        .containsExactly(
            "pets acc",
            "pets acc_norm",
            "pets acc_bytes",
            "pages word_perplexity",
            "pages byte_perplexity",
            "pages bits_per_byte");
    assertThat(all.get(3).weights()).containsExactly(4.0, 4.0);
    assertThat(all.getFirst().protocol().harness()).isEqualTo("task file");
    assertThat(all.getFirst().protocol().files()).containsOnlyKeys("mine.yaml", "mine.jsonl");
  }

  @Test
  void namesWhatIsWrongInATaskFile() throws Exception {
    Files.writeString(folder.resolve("d.jsonl"), "{\"q\": \"x\", \"r\": 5}\n");
    String good = "name: a\nkind: multiple_choice\ndata: d.jsonl\n";
    refused("kind: perplexity\n", "data: is missing");
    refused(good.replace("multiple_choice", "essay"), "kind: 'essay' is unknown");
    refused(good + "promt: x\n", "line 4: promt: there is no such key, did you mean prompt?");
    refused(good, "prompt: is missing");
    refused(good + "prompt: \"{q\"\nanswer: r\nchoices: c\n", "prompt: a { has no }");
    refused(good + "prompt: \"{q}\"\nanswer: r\n", "choices: expected");
    refused(good + "a: [", "not valid YAML");
    refused("- a\n", "expected keys and values");
    refused(good + "prompt: \"{z}\"\nanswer: r\nchoices: [a, b]\n", "no column z (found q, r)");
    refused(good + "prompt: \"{q}\"\nanswer: r\nchoices: [a, b]\n", "column r: expected an index");
  }

  private void refused(String yaml, String message) throws Exception {
    Path file = Files.writeString(folder.resolve("bad.yaml"), yaml);
    assertThatThrownBy(
            () -> {
              UserTask task = UserTask.read(file);
              PreparedTask.of(task.task(), task.data(), TaskOptions.defaults());
            })
        .isInstanceOf(InputException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void comparesTwoResultsDocumentByDocument() throws Exception {
    Path data = SharedData.path("data/tasks");
    TaskOptions options = TaskOptions.defaults().withLimit(20).withBootstrap(0);
    List<Measurement> first = run(options, data, "piqa", "lambada_openai");
    Path a = write("a.json", first);
    Path other = write("other.json", run(options.withLimit(19), data, "piqa"));
    for (Comparison each : Comparison.of(a, a)) {
      assertThat(each.difference()).isZero();
      assertThat(each.standardError()).isZero();
      assertThat(each.significant()).isFalse();
      assertThat(each.incomparable()).isNull();
    }
    assertThatThrownBy(() -> Comparison.of(a, other))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("other.json: piqa acc: not measured as in")
        .hasMessageContaining("documents: 20 and 19");
    assertThatThrownBy(() -> Comparison.of(a, write("none.json", List.of())))
        .isInstanceOf(InputException.class);
    assertThatThrownBy(() -> Comparison.of(a, data.resolve("jsonl/piqa_validation.jsonl")))
        .isInstanceOf(InputException.class);
  }

  private Path write(String name, List<Measurement> measurements) throws Exception {
    String json =
        JsonMapper.builder()
            .build()
            .writeValueAsString(
                Map.of("results", measurements.stream().map(ResultsFile::entry).toList()));
    return Files.writeString(folder.resolve(name), json);
  }
}
