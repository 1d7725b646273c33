package io.compot.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.compot.error.InputException;
import io.compot.testing.SharedData;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every malformed checkpoint is refused in one clear line; every odd but valid one opens. */
class HostileCheckpointTest {

  /** Configurations that are wrong as files; the others only make no sense to a model family. */
  private static final Set<String> WRONG_FOR_ANY_FAMILY =
      Set.of(
          "cfg_missing_file",
          "cfg_empty_file",
          "cfg_truncated",
          "cfg_array",
          "cfg_missing_model_type",
          "cfg_quantized",
          "cfg_deep_nesting",
          "cfg_git_lfs_pointer");

  @TestFactory
  Stream<DynamicTest> everyCaseEndsAsTheManifestSays() {
    Path hostile = SharedData.path("golden/hostile");
    JsonNode cases =
        JsonMapper.shared().readTree(hostile.resolve("MANIFEST.json").toFile()).get("cases");
    return cases
        .valueStream()
        .filter(HostileCheckpointTest::needsNoFamily)
        .map(given ->
            DynamicTest.dynamicTest(given.get("dir").stringValue(), () -> check(hostile, given)));
  }

  private static void check(Path hostile, JsonNode given) {
    Path folder = hostile.resolve(given.get("dir").stringValue());
    // A token without a row is refused in texts, not in checkpoints: TextTokenizerTest has it.
    if (!given.get("expect").stringValue().equals("refuse")
        || folder.endsWith("tok_id_beyond_embedding")) {
      assertThatCode(() -> openWhole(folder)).doesNotThrowAnyException();
      return;
    }
    Throwable refusal = catchThrowable(() -> openWhole(folder));
    assertThat(refusal).isInstanceOf(InputException.class);
    assertThat(refusal.getMessage()).hasLineCount(1).hasSizeLessThan(700);
    JsonNode mention = given.get("message_should_mention");
    if (mention != null) {
      assertThat(refusal.getMessage()).containsIgnoringCase(mention.stringValue());
    }
    JsonNode file = given.get("file");
    if (file != null) {
      assertThat(refusal.getMessage()).contains(file.stringValue());
    }
  }

  private static void openWhole(Path folder) throws InputException {
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      for (String name : checkpoint.names()) {
        assertThat(checkpoint.bytes(name).byteSize()).isEqualTo(checkpoint.info(name).bytes());
      }
    }
  }

  private static boolean needsNoFamily(JsonNode given) {
    String name = given.get("dir").stringValue();
    return !name.startsWith("w_")
        && !name.equals("ix_missing_entry")
        && (!name.startsWith("cfg_") || WRONG_FOR_ANY_FAMILY.contains(name));
  }
}
