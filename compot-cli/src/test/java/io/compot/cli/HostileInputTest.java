package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.testing.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Files that lie: each ends in one clear line and exit code 3, or loads if it only looks odd. */
class HostileInputTest {

  /** One for each room that reads: header, data, index, config, weights, pickle, tokenizer. */
  private static final Set<String> SAMPLE =
      Set.of(
          "st_header_len_2pow63",
          "st_overlapping_offsets",
          "st_truncated_data",
          "st_git_lfs_pointer",
          "ix_missing_shard",
          "ix_path_traversal",
          "cfg_missing_file",
          "cfg_huge_layers",
          "cfg_unknown_model_type",
          "cfg_deep_nesting",
          "w_nan",
          "w_transposed",
          "w_missing",
          "bin_pickle_only",
          "gguf_only");

  /** A token that has no row in the embedding is refused where a text has it, and told before. */
  private static final String LET_PASS = "tok_id_beyond_embedding";

  /** One case of the manifest; {@code mention} is empty where nothing is asked of the message. */
  record Case(Path folder, boolean refuse, String mention) {
    @Override
    public String toString() {
      return folder.getFileName().toString();
    }
  }

  static List<Case> cases() throws Exception {
    Path folder = SharedData.path("golden/hostile");
    JsonNode manifest =
        JsonMapper.shared().readTree(Files.readString(folder.resolve("MANIFEST.json")));
    List<Case> cases = new ArrayList<>();
    for (JsonNode each : manifest.get("cases")) {
      cases.add(
          new Case(
              folder.resolve(each.get("dir").asString()),
              each.get("expect").asString().equals("refuse")
                  && !LET_PASS.equals(each.get("dir").asString()),
              each.path("message_should_mention").asString("")));
    }
    assertThat(cases).hasSize(98);
    assertThat(cases.stream().filter(Case::refuse)).hasSize(89);
    return cases;
  }

  static List<Case> sample() throws Exception {
    List<Case> sample = cases().stream().filter(each -> SAMPLE.contains(each.toString())).toList();
    assertThat(sample).hasSameSizeAs(SAMPLE);
    return sample;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void inspect(Case each) {
    Ran ran = Ran.compot("inspect", each.folder());
    if (each.refuse()) {
      assertRefused(ran, each);
    } else {
      assertThat(ran.code()).as(ran.err()).isZero();
      assertThat(ran.out()).contains("llama");
      assertThat(ran.err()).doesNotContain("compot:").doesNotContain("\tat ");
    }
  }

  @ParameterizedTest
  @MethodSource("sample")
  void forward(Case each, @TempDir Path folder) {
    assertRefused(
        Ran.compot("forward", each.folder(), "--tokens", "1,2", "-o", folder.resolve("out")), each);
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @MethodSource("sample")
  void eval(Case each) {
    assertRefused(
        Ran.compot("eval", each.folder(), "--perplexity", "../demo/heldout.txt", "--quiet"), each);
  }

  /** The tiny model has no tokenizer, so that is what compress may complain of first. */
  @ParameterizedTest
  @MethodSource("sample")
  void compress(Case each, @TempDir Path folder) {
    assertRefusedForAnyReason(
        Ran.compot(
            "compress",
            each.folder(),
            "-o",
            folder.resolve("out"),
            "--calibration",
            "../demo/calibration.txt",
            "--quiet"));
    assertThat(folder).isEmptyDirectory();
  }

  private static void assertRefused(Ran ran, Case each) {
    assertRefusedForAnyReason(ran);
    assertThat(ran.err()).containsIgnoringCase(each.mention());
  }

  private static void assertRefusedForAnyReason(Ran ran) {
    assertThat(ran.code()).as(ran.err()).isEqualTo(3);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.errLines()).hasSize(1);
    assertThat(ran.err()).startsWith("compot: ").doesNotContain("internal error");
  }
}
