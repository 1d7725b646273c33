package io.compot.evaluation.vision;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.chat.ChatTemplates;
import io.compot.chat.Conversation;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.evaluation.data.DataFolder;
import io.compot.evaluation.result.Measurement;
import io.compot.evaluation.task.FinishedTasks;
import io.compot.evaluation.task.TaskOptions;
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
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tasks from the hub's files to prompts, pictures and figures. */
class VisionEvaluationTest {

  private static Path data() {
    return SharedData.path("vision/parquet");
  }

  private static VisionEvaluation evaluation(TaskOptions options) {
    return new VisionEvaluation(
        options, "F32", 4096, ProgressListener.none(), FinishedTasks.none(), StopRequest.never());
  }

  private static double value(List<Measurement> figures, String metric) {
    return figures.stream()
        .filter(each -> each.metric().equals(metric))
        .findFirst()
        .orElseThrow()
        .value();
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

  @Test
  void givenAnswersGiveTheirScores() throws Exception {
    // All of the six questions of one category each: two answers are A.
    var mmstar =
        evaluation(TaskOptions.defaults()).run("mmstar", data(), (_, _, _) -> "The answer is A.");
    long rightOnes = rows("mmstar").stream().filter(item -> right(item, "A", "average")).count();
    assertThat(rightOnes).isBetween(1L, 5L);
    assertThat(value(mmstar, "average")).isEqualTo(rightOnes / 6.0);
    var ocrbench =
        evaluation(TaskOptions.defaults()).run("ocrbench", data(), (_, _, _) -> "CENTRE 9 yes");
    long contained =
        rows("ocrbench").stream().filter(item -> right(item, "CENTRE 9 yes", "accuracy")).count();
    assertThat(value(ocrbench, "ocrbench_accuracy")).isEqualTo(contained / 1000.0);
    assertThat(value(ocrbench, "accuracy")).isEqualTo(contained / 5.0);
  }

  private static boolean right(VisionItem item, String answer, String metric) {
    return requireNonNull(item.judge().of(answer).get(metric)).score() == 1;
  }

  private static List<VisionItem> rows(String name) throws Exception {
    VisionTask task = name.equals("mmstar") ? MmStar.task() : OcrBench.task();
    return task.reader()
        .read(DataFolder.open(data()).table(task.data(), task.split(), true).rows());
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
