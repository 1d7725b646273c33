package io.compot.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.error.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Folders: models/a (its config a link to blobs/1), texts/t, a link to models, nothing else. */
class ProtectedPathsTest {

  @TempDir Path folder;

  @BeforeEach
  void make() throws IOException {
    Files.createDirectories(folder.resolve("models/a"));
    Files.createDirectories(folder.resolve("blobs"));
    Files.writeString(folder.resolve("blobs/1"), "{}");
    Files.createSymbolicLink(folder.resolve("models/a/config.json"), Path.of("../../blobs/1"));
    Files.writeString(folder.resolve("models/a/model.safetensors"), "weights");
    Files.createDirectories(folder.resolve("texts/.old.compot-work"));
    Files.writeString(folder.resolve("texts/t"), "text");
    Files.createSymbolicLink(folder.resolve("link"), Path.of("models"));
    Files.createSymbolicLink(folder.resolve("itself"), Path.of("models/a"));
  }

  private ProtectedPaths kept() {
    return ProtectedPaths.of(folder.resolve("models/a"))
        .and("the text", List.of(folder.resolve("texts/t")));
  }

  @ParameterizedTest
  @CsvSource({
    "models/a, is the model",
    "itself, is the model",
    "link/a, is the model",
    "models/b/../a, is the model",
    "models/a/., is the model",
    "link/../models/a, is the model",
    "models, holds the model",
    "link, holds the model",
    ".., holds",
    "models/a/out, lies in the model",
    "link/a/new/out, lies in the model",
    "itself/out, lies in the model",
    "blobs, holds a file of the model",
    "blobs/1, is a file of the model",
    "texts, holds the text",
    "texts/t, is the text",
    "texts/.old.compot-work, lies in the work folder",
    "texts/.old.compot-work/out, lies in the work folder",
  })
  void refuses(String output, String relation) {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> kept().requireApart(folder.resolve(output)))
        .withMessageContaining(relation)
        .satisfies(refusal -> assertThat(refusal.getMessage()).hasLineCount(1));
  }

  @ParameterizedTest
  @CsvSource({"out", "models/b", "link/b", "texts/out", "a", "models/a-smaller", "blobs/2"})
  void takes(String output) {
    assertThatCode(() -> kept().requireApart(folder.resolve(output))).doesNotThrowAnyException();
  }

  @Test
  void refusesWhereTheWorkFolderWouldHoldTheModel() throws IOException {
    Path model = Files.createDirectories(folder.resolve(".out.compot-work/output"));
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> ProtectedPaths.of(model).requireApart(folder.resolve("out")))
        .withMessageContaining("work folder");
  }

  @Test
  void refusesTheHomeFolderButNotWhatLiesInIt() {
    String home = System.getProperty("user.home");
    try {
      System.setProperty("user.home", folder.resolve("texts").toString());
      var kept = ProtectedPaths.of(folder.resolve("models/a"));
      for (String output : List.of("texts", ".")) {
        assertThatExceptionOfType(UsageException.class)
            .isThrownBy(() -> kept.requireApart(folder.resolve(output)))
            .withMessageContaining("output");
      }
      assertThatCode(() -> kept.requireApart(folder.resolve("texts/out")))
          .doesNotThrowAnyException();
    } finally {
      System.setProperty("user.home", home);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "models/a/model.safetensors",
    "itself/config.json",
    "blobs/1",
    "texts/t",
    "texts/../texts/t",
  })
  void filesNeverReplaceWhatIsRead(String output) {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> kept().requireOther(folder.resolve(output)))
        .withMessageContaining("would be lost");
  }

  @ParameterizedTest
  @CsvSource({"models/a/results.json", "texts/t2", "out.json"})
  void otherFilesMayBeWritten(String output) {
    assertThatCode(() -> kept().requireOther(folder.resolve(output))).doesNotThrowAnyException();
  }
}
