package io.compot.evaluation.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.chat.ChatTemplates;
import io.compot.chat.Conversation;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.evaluation.data.DataFolder;
import io.compot.evaluation.task.FinishedTasks;
import io.compot.evaluation.task.TaskOptions;
import io.compot.image.Alpha;
import io.compot.image.ImageFile;
import io.compot.image.ImageSettings;
import io.compot.image.Patches;
import io.compot.image.Picture;
import io.compot.image.SmartSize;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import io.compot.testing.SharedData;
import io.compot.vision.ConversationImages;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tasks from the hub's files to prompts, pictures and figures. */
class VisionEvaluationTest {

  @TempDir private Path temporary;

  private static Path data() {
    return SharedData.path("vision/parquet");
  }

  private static VisionEvaluation evaluation(TaskOptions options) {
    return new VisionEvaluation(
        options, "F32", 4096, ProgressListener.none(), FinishedTasks.none(), StopRequest.never());
  }

  @Test
  void promptsAndPicturesAreThoseOfLmmsEval(@TempDir Path folder) throws Exception {
    Files.copy(
        SharedData.path("vision/golden/tokens/chat_template.jinja"),
        folder.resolve("chat_template.jinja"));
    var templates = ChatTemplates.read(folder).orElseThrow();
    var half = List.of(0.5, 0.5, 0.5);
    var size = new SmartSize(32, 4096, 16_777_216, SmartSize.Rule.QWEN_VL_UTILS);
    var settings = new ImageSettings(size, 16, 2, 2, 1.0 / 255, half, half);
    JsonNode tasks =
        JsonMapper.shared()
            .readTree(SharedData.path("vision/golden/prompts_chat.json"))
            .get("tasks");
    int compared = 0;
    for (VisionTask task :
        List.of(Mmmu.task(), OcrBench.task(), RealWorldQa.task(), MmStar.task())) {
      var table = DataFolder.open(data()).table(task.data(), task.split(), true);
      List<VisionItem> items = task.reader().read(table.rows());
      JsonNode rows = tasks.get(task.name()).get("rows");
      assertThat(items).as(task.name()).hasSize(rows.size());
      assertThat(task.maxTokens())
          .isEqualTo(tasks.get(task.name()).get("max_new_tokens").intValue());
      for (JsonNode row : rows) {
        VisionItem item = items.get(row.get("row").intValue());
        var conversation =
            Conversation.of(
                List.of(
                    Conversation.message("system", "You are a helpful assistant."),
                    ConversationImages.message(
                        Collections.nCopies(item.images().size(), Path.of("image")), item.text())));
        assertThat(templates.of(conversation).render(conversation, Clock.systemUTC()))
            .isEqualTo(row.get("prompt").stringValue());
        List<Picture> pictures = RowImages.of(item);
        for (int i = 0; i < pictures.size(); i++) {
          JsonNode image = row.get("images").get(i);
          Picture resized = Patches.of(pictures.get(i), settings).picture();
          assertThat(
                  HexFormat.of()
                      .formatHex(MessageDigest.getInstance("SHA-256").digest(resized.levels())))
              .as(task.name() + " " + row.get("row"))
              .isEqualTo(image.get("resized_rgb_sha256").stringValue());
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(20);
  }

  /** What a task says of answers, given in the order of its rows. */
  private static Map<String, Double> scores(String name, Path folder, String... answers)
      throws Exception {
    int[] next = {0};
    var figures =
        evaluation(TaskOptions.defaults()).run(name, folder, (_, _, _) -> answers[next[0]++]);
    assertThat(next[0]).isEqualTo(answers.length);
    Map<String, Double> scores = new LinkedHashMap<>();
    figures.forEach(each -> scores.put(each.metric(), each.value()));
    return scores;
  }

  @Test
  void givenAnswersToMmmuGiveTheirScores() throws Exception {
    assertThat(scores("mmmu_val", data(), "B", "(A)", "12", "A.", "It's D ", "about 3.5"))
        .isEqualTo(
            Map.of(
                "mmmu_acc", 0.66667, // neither open question, though both are answered
                "mmmu_acc_open_as_published", 1.0,
                "Business", 1.0,
                "Art and Design", 1.0,
                "Science", 1 / 3.0,
                "Health and Medicine", 1.0));
    // Three answers choose nothing: Python's random.seed(0) then gives D and D of four letters and
    // A of two, which is right.
    assertThat(
            scores("mmmu_val", data(), "**B**", "a", "13", "", "D, not (C)", "So the area is 3.5."))
        .isEqualTo(
            Map.of(
                "mmmu_acc", 0.16667,
                "mmmu_acc_open_as_published", 1 / 3.0,
                "Business", 0.0,
                "Art and Design", 0.0,
                "Science", 1 / 3.0,
                "Health and Medicine", 0.0));
  }

  @Test
  void givenAnswersToMmstarGiveTheirScoresInEveryCodec() throws Exception {
    List<Path> folders = new ArrayList<>(List.of(data()));
    try (var variants = Files.list(data().resolve("variants"))) {
      folders.addAll(variants.toList());
    }
    assertThat(folders).hasSize(7);
    for (Path folder : folders) {
      assertThat(
              scores(
                  "mmstar", named(folder), "The answer is A.", "C", "a", "(D)", "no", "B: a box"))
          .as(folder.toString())
          .isEqualTo(
              Map.of(
                  "average", 0.5,
                  "coarse perception", 1.0,
                  "fine-grained perception", 0.0,
                  "instance reasoning", 0.0,
                  "logical reasoning", 1.0,
                  "science & technology", 0.0,
                  "math", 1.0));
    }
  }

  /** A folder in which a file stands under the name of its data set. */
  private Path named(Path file) throws Exception {
    if (Files.isDirectory(file)) {
      return file;
    }
    Path folder = Files.createTempDirectory(temporary, "variant");
    Files.copy(file, folder.resolve("mmstar.parquet"));
    return folder;
  }

  @Test
  void givenAnswersToTheOthersGiveTheirScores() throws Exception {
    assertThat(
            scores(
                "ocrbench",
                data(),
                "it says \"center\"",
                "$1,200",
                "\\frac{1}{2}",
                "25-12-2018",
                "AB12"))
        .isEqualTo(
            Map.of(
                "ocrbench_accuracy", 0.003,
                "accuracy", 0.6,
                "Text Recognition", 0.5,
                "Doc-oriented VQA", 1.0,
                "Handwritten Mathematical Expression Recognition", 1.0,
                "Key Information Extraction", 0.0));
    assertThat(scores("realworldqa", data(), "A. Left", "three", "DOWNHILL.", "The answer is B"))
        .isEqualTo(Map.of("exact_match", 0.75));
  }

  @Test
  void answersAreToldWithSmallImages() throws Exception {
    int[] next = {0};
    String[] said = {"B", "B", "12", "A", "D", "x"};
    AnsweredTask task =
        evaluation(TaskOptions.defaults())
            .answered("mmmu_val", data(), (_, _, _) -> said[next[0]++]);
    assertThat(task.answers())
        .extracting(AnsweredTask.ImageAnswer::score)
        .containsExactly(1.0, 0.0, 0.0, 1.0, 1.0, 0.0);
    assertThat(task.answers())
        .extracting(each -> each.images().size())
        .containsExactly(1, 2, 1, 3, 1, 1);
    for (var each : task.answers()) {
      for (String url : each.images()) {
        byte[] bytes = Base64.getDecoder().decode(url.substring(url.indexOf(',') + 1));
        Picture small = ImageFile.read(bytes, "small", Alpha.DROPPED);
        assertThat(Math.max(small.width(), small.height())).isBetween(1, 192);
      }
    }
    assertThat(task.figures().getFirst().value()).isEqualTo(0.5);
  }

  @Test
  void goldAnswersAreAllRight() throws Exception {
    for (String name : List.of("realworldqa", "mmstar", "ocrbench")) {
      List<String> gold = gold(name);
      int[] next = {0};
      var figures =
          evaluation(TaskOptions.defaults()).run(name, data(), (_, _, _) -> gold.get(next[0]++));
      double told = figures.getFirst().value();
      assertThat(told).as(name).isEqualTo(name.equals("ocrbench") ? gold.size() / 1000.0 : 1);
    }
  }

  private static List<String> gold(String name) throws Exception {
    VisionTask task =
        switch (name) {
          case "mmstar" -> MmStar.task();
          case "ocrbench" -> OcrBench.task();
          default -> RealWorldQa.task();
        };
    var rows = DataFolder.open(data()).table(task.data(), task.split(), true).rows();
    List<String> gold = new ArrayList<>();
    for (var row : rows) {
      JsonNode answer = row.columns().get("answer");
      gold.add(answer.isArray() ? answer.get(0).stringValue() : answer.stringValue());
    }
    return gold;
  }

  @Test
  void whatCannotBeAskedIsRefused() throws Exception {
    assertThatThrownBy(
            () -> VisionEvaluation.check(List.of("mmstar"), null, TaskOptions.defaults()))
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() ->
            VisionEvaluation.check(List.of("mmstar"), data(), TaskOptions.defaults().withShots(1)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("few-shot");
    assertThatThrownBy(() ->
            evaluation(TaskOptions.defaults())
                .run("mmstar", SharedData.path("vision/golden"), (_, _, _) -> ""))
        .isInstanceOf(InputException.class);
    assertThat(
            evaluation(TaskOptions.defaults().withLimit(2))
                .run("realworldqa", data(), (_, _, _) -> "A")
                .getFirst()
                .documents())
        .isEqualTo(2);
  }
}
