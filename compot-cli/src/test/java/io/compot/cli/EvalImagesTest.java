package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.testing.SeeingFixture;
import io.compot.testing.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tasks about images, from the command to the page. */
class EvalImagesTest {

  @TempDir private Path folder;

  @Test
  void bothAnswersComeIntoResultsAndPage() throws Exception {
    Path model = SeeingFixture.model(folder.resolve("model"));
    Path data = SharedData.path("vision/parquet");
    Path json = folder.resolve("r.json");
    Path page = folder.resolve("r.html");
    Ran ran =
        Ran.compot(
            "eval",
            model,
            "--tasks",
            "realworldqa",
            "--task-data",
            data,
            "--limit",
            "2",
            "--against",
            model,
            "--json",
            json,
            "--report",
            page);
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).contains("original").contains("this model").contains("exact_match");
    JsonNode answers = JsonMapper.shared().readTree(json).path("results").path(0).path("answers");
    assertThat(answers.size()).isEqualTo(2);
    for (JsonNode each : answers) {
      assertThat(each.path("answer")).isEqualTo(each.path("original"));
      assertThat(each.path("images").path(0).stringValue()).startsWith("data:image/jpeg;base64,");
    }
    assertThat(Files.readString(page)).contains("Images of realworldqa, with answers");
  }

  @Test
  void modelsAreComparedOnTextsOrImages() throws Exception {
    Path model = SeeingFixture.model(folder.resolve("model"));
    Ran ran = Ran.compot("eval", model, "--tasks", "piqa", "--against", model);
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err()).contains("--against needs a text, or a task about images");
  }
}
