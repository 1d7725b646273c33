package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.testing.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Outputs never cost what they are made from, and take along what belongs to it. */
class NothingLostTest {

  private static final Path DEMO = Path.of("../demo/model");

  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void copyModel() throws IOException {
    model = Files.createDirectory(folder.resolve("model"));
    try (var files = Files.list(DEMO)) {
      for (Path file : files.toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
    Files.createDirectories(model.resolve("additional_chat_templates"));
    Files.writeString(model.resolve("additional_chat_templates/tool_use.jinja"), "{{ tools }}");
  }

  @Test
  void outputIsTheSource() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), model);
    Map<String, String> before = contents(model);
    for (Path output :
        List.of(model, link, folder, model.resolve("new"), link.resolve("../model"))) {
      Ran ran = compress(output, "--force");
      assertThat(ran.code()).as(ran.err()).isEqualTo(2);
      assertThat(ran.errLines().getFirst()).contains("the model");
      assertThat(contents(model)).isEqualTo(before);
    }
    assertThat(folder.resolve(".model.compot-work")).doesNotExist();
  }

  @Test
  void outputHoldsTheTextThatItIsMeasuredOn() throws Exception {
    Path out = folder.resolve("out");
    assertThat(compress(out).code()).isZero();
    Path text = Files.copy(Path.of("../demo/heldout.txt"), out.resolve("heldout.txt"));
    Ran ran = compress(out, "--force", "--eval", text);
    assertThat(ran.code()).as(ran.err()).isEqualTo(2);
    assertThat(ran.err()).contains("holds").contains("heldout.txt");
    assertThat(text).exists();
  }

  @Test
  void resultsAreNotPutInTheirPlaceEither() throws Exception {
    Map<String, String> before = contents(model);
    Path weights = model.resolve("model.safetensors");
    Path text = Files.copy(Path.of("../demo/heldout.txt"), folder.resolve("t.txt"));
    Ran forward = Ran.compot("forward", model, "--tokens", "1", "-o", weights, "--force");
    assertThat(forward.code()).as(forward.err()).isEqualTo(2);
    for (Path place : List.of(text, weights, model.resolve("config.json"))) {
      Ran json = Ran.compot("eval", model, "--perplexity", text, "--json", place);
      assertThat(json.code()).as(json.err()).isEqualTo(2);
      Ran page = Ran.compot("eval", model, "--perplexity", text, "--report", place);
      assertThat(page.code()).as(page.err()).isEqualTo(2);
    }
    assertThat(contents(model)).isEqualTo(before);
    assertThat(text).hasSameBinaryContentAs(Path.of("../demo/heldout.txt"));
  }

  @Test
  void foldersOfTheModelComeAlongAndTheRestIsNamed() throws Exception {
    Files.createDirectories(model.resolve("original"));
    Files.writeString(model.resolve("original/consolidated.00.pth"), "x");
    Ran ran = compress(folder.resolve("out"));
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(folder.resolve("out/additional_chat_templates/tool_use.jinja"))
        .hasContent("{{ tools }}");
    assertThat(ran.err()).contains("does not go into the output").contains("original/");
    Ran export = Ran.compot("export", folder.resolve("out"), "-o", folder.resolve("dense"));
    assertThat(export.code()).as(export.err()).isZero();
    assertThat(folder.resolve("dense/additional_chat_templates/tool_use.jinja"))
        .hasContent("{{ tools }}");
  }

  @Test
  void linksThatLeadNowhereAreErrors() throws Exception {
    Files.delete(model.resolve("tokenizer.json"));
    Files.createSymbolicLink(model.resolve("tokenizer.json"), Path.of("../blobs/0123abcd"));
    Ran ran = compress(folder.resolve("out"));
    assertThat(ran.code()).as(ran.err()).isEqualTo(3);
    assertThat(ran.errLines()).hasSize(1);
    assertThat(ran.err()).contains("tokenizer.json").contains("leads nowhere");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  /** Root would pass over permissions, so that right is taken away first. */
  @Test
  void filesThatMayOnlyBeRead() throws Exception {
    try (var files = Files.walk(model)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
      }
    }
    Files.setPosixFilePermissions(model, PosixFilePermissions.fromString("r-xr-xr-x"));
    Path work = Files.createDirectory(folder.resolve("work"));
    Path log = Files.createFile(folder.resolve("log"));
    List<String> user = bound();
    Path out = work.resolve("out");
    CompotProcess.behind(
            user, log, "compress", model, "-o", out, "--method", "svd", "--ratio", "0.2")
        .finish();
    CompotProcess.behind(user, log, "export", out, "-o", work.resolve("dense")).finish();
    assertThat(out.resolve("additional_chat_templates/tool_use.jinja")).hasContent("{{ tools }}");
    assertThat(work.resolve("dense/tokenizer.json"))
        .hasSameBinaryContentAs(model.resolve("tokenizer.json"));
    Files.setPosixFilePermissions(model, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /**
   * What a command begins with so that permissions bind it: root's right to pass over them goes.
   */
  private static List<String> bound() {
    List<String> bound = List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search");
    List<String> probe = new ArrayList<>(bound);
    probe.add("true");
    boolean root = "root".equals(System.getProperty("user.name"));
    return root && Command.run(probe.toArray(String[]::new)) ? bound : List.of();
  }

  private Ran compress(Path output, Object... more) {
    List<Object> words = new ArrayList<>(List.of("compress", model, "-o", output));
    words.addAll(List.of("--method", "svd", "--ratio", "0.2"));
    words.addAll(List.of(more));
    return Ran.compot(words.toArray());
  }

  private static Map<String, String> contents(Path folder) throws Exception {
    Map<String, String> contents = new TreeMap<>();
    var digest = MessageDigest.getInstance("SHA-256");
    try (var files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.put(
            folder.relativize(file).toString(),
            HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file))));
      }
    }
    return contents;
  }
}
