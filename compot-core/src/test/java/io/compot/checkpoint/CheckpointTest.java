package io.compot.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.safetensors.SafetensorsFile;
import io.compot.safetensors.ShardedWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.testing.SharedData;
import io.compot.text.ConfigFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {

  @TempDir Path folder;

  @Test
  void writesShardsThatOpenAsOneCheckpoint() throws Exception {
    config("{\"model_type\": \"llama\"}");
    var infos = new ArrayList<TensorInfo>();
    for (int i = 0; i < 7; i++) {
      infos.add(new TensorInfo("t" + i, Dtype.U8, List.of(i == 3 ? 250L : 40L)));
    }
    write(infos, 100);
    assertThat(names())
        .containsExactly(
            "config.json",
            "model-00001-of-00005.safetensors",
            "model-00002-of-00005.safetensors",
            "model-00003-of-00005.safetensors",
            "model-00004-of-00005.safetensors",
            "model-00005-of-00005.safetensors",
            "model.safetensors.index.json");
    try (Checkpoint read = Checkpoint.open(folder)) {
      for (TensorInfo info : infos) {
        assertThat(read.info(info.name())).isEqualTo(info);
        assertThat(read.bytes(info.name()).toArray(ValueLayout.JAVA_BYTE)).containsOnly(7);
      }
      assertThat(read.weightFiles()).hasSize(5);
    }
    assertThat(
            ConfigFile.read(folder.resolve("model.safetensors.index.json"))
                .object("metadata")
                .positiveLong("total_size"))
        .isEqualTo(490);
  }

  @ParameterizedTest
  @ValueSource(strings = {"data/trained", "data/stories260k", "golden/public"})
  void opensRealCheckpointsOfAllFamilies(String parent) throws Exception {
    int opened = 0;
    try (var entries = Files.list(SharedData.path(parent))) {
      for (Path model : entries.filter(CheckpointTest::hasConfig).toList()) {
        try (Checkpoint read = Checkpoint.open(model)) {
          assertThat(read.names()).isNotEmpty();
          for (String name : read.names()) {
            read.requireFinite(name);
          }
          opened++;
        }
      }
    }
    assertThat(opened).isPositive();
  }

  @Test
  void writesOneFileWithoutIndexWhereItFits() throws Exception {
    write(List.of(new TensorInfo("a", Dtype.U8, List.of(4L))), 100);
    assertThat(names()).containsExactly("model.safetensors");
    try (SafetensorsFile read = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
      assertThat(read.metadata()).containsEntry("format", "pt");
    }
  }

  @Test
  void writesExactlyWhatWasDeclaredOrNothing() throws Exception {
    var infos = List.of(new TensorInfo("a", Dtype.U8, List.of(4L)));
    var four = MemorySegment.ofArray(new byte[4]);
    try (var writer = new ShardedWriter(folder, infos, 100)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> writer.write("a", MemorySegment.ofArray(new byte[5])));
      assertThatIllegalArgumentException().isThrownBy(() -> writer.write("b", four));
      assertThatIllegalStateException().isThrownBy(writer::finish).withMessageContaining("[a]");
      writer.write("a", four);
      assertThatIllegalStateException().isThrownBy(() -> writer.write("a", four));
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void refusesLinksThatLeadNowhere() throws Exception {
    config("{\"model_type\": \"llama\"}");
    write(List.of(new TensorInfo("a", Dtype.U8, List.of(4L))), 100);
    for (String name : List.of("tokenizer.json", "merges.txt", "deep/er/x.jinja", "unheard-of")) {
      Path link = folder.resolve(name);
      Files.createDirectories(link.getParent());
      Files.createSymbolicLink(link, Path.of("../blobs/0123abcd"));
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> Checkpoint.open(folder))
          .withMessageContaining(link.toString())
          .withMessageContaining("leads nowhere (../blobs/0123abcd");
      Files.delete(link);
    }
    Checkpoint.open(folder).close();
  }

  @Test
  void saysWhereTheCheckpointIsInADownloadCache() throws Exception {
    Path snapshot = Files.createDirectories(folder.resolve("models--a--b/snapshots/0123abcd"));
    Files.createDirectories(folder.resolve("models--a--b/blobs"));
    Files.createFile(snapshot.resolve("model.safetensors"));
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Checkpoint.open(folder.resolve("models--a--b")))
        .withMessageContaining("root of a download cache")
        .withMessageContaining("snapshots/0123abcd");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Checkpoint.open(folder.resolve("models--a--b/snapshots")))
        .withMessageContaining("0123abcd");
  }

  @Test
  void listsTheFilesThatComeAlong() throws Exception {
    config("{\"model_type\": \"llama\"}");
    write(List.of(new TensorInfo("a", Dtype.U8, List.of(4L))), 100);
    for (String name :
        List.of(
            "tokenizer.model",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "merges.txt",
            "vocab.json",
            "generation_config.json",
            "chat_template.jinja",
            "LICENSE",
            "LICENSE.txt",
            "USE_POLICY.md",
            "README.md",
            "pytorch_model.bin",
            "modeling_x.py",
            "added_tokens.json",
            ".gitattributes",
            "additional_chat_templates/tool_use.jinja",
            "original/params.json",
            "original/consolidated.00.pth")) {
      Files.createDirectories(folder.resolve(name).getParent());
      Files.writeString(folder.resolve(name), "x");
    }
    try (var large =
        FileChannel.open(
            folder.resolve("corpus.txt"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      large.write(ByteBuffer.allocate(1), 20 << 20);
    }
    try (Checkpoint read = Checkpoint.open(folder)) {
      assertThat(read.sideFiles().left())
          .containsExactlyInAnyOrder("README.md", "corpus.txt", "original/");
      assertThat(read.sideFiles().kept().stream().map(Path::toString))
          .containsExactlyInAnyOrder(
              "tokenizer.model",
              "tokenizer_config.json",
              "special_tokens_map.json",
              "merges.txt",
              "vocab.json",
              "generation_config.json",
              "chat_template.jinja",
              "LICENSE",
              "LICENSE.txt",
              "USE_POLICY.md",
              "modeling_x.py",
              "additional_chat_templates/tool_use.jinja",
              "added_tokens.json");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "absent, no such folder",
    "file, not a folder",
    "gguf, GGUF",
    "config.json, no model.safetensors",
    "pytorch_model.bin, safetensors",
    "consolidated.00.pth, pickle",
    "adapter_config.json, merge the adapter",
    "model-q4.gguf, GGUF",
    "model-00001-of-00002.safetensors, index",
    "model.safetensors, no config.json"
  })
  void advisesWhereThereIsNoCheckpoint(String kind, String mention) throws Exception {
    Path given = folder.resolve("m");
    switch (kind) {
      case "absent" -> {}
      case "file" -> Files.writeString(given, "x");
      case "gguf" -> Files.writeString(given, "GGUF and so on");
      default -> Files.writeString(Files.createDirectory(given).resolve(kind), "x");
    }
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> Checkpoint.open(given).close())
        .withMessageContaining(mention);
  }

  @Test
  void refusesACompressionSectionThatTheWeightsContradict() throws Exception {
    write(
        List.of(
            new TensorInfo("p.right", Dtype.F32, List.of(2L, 4L)),
            new TensorInfo("p.left", Dtype.F32, List.of(4L, 2L))),
        1000);
    String section =
        "{\"model_type\":\"llama\",\"compression\":{\"format\":\"compot\",\"version\":1,"
            + "\"method\":\"svd\",\"ratio\":0.5,\"projections\":{%s}}}";
    config(section.formatted("\"p\":{\"rank\":2}"));
    Checkpoint.open(folder).close();
    for (String lie :
        List.of(
            "\"p\":{\"rank\":3}",
            "",
            "\"q\":{\"rank\":2}",
            "\"p\":{\"atoms\":2,\"nonzeros\":3}",
            "\"p\":{\"rank\":2},\"q\":{\"rank\":2}")) {
      config(section.formatted(lie));
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> Checkpoint.open(folder).close())
          .withMessageContaining("compression.projections.");
    }
  }

  @Test
  void namesTheFirstNumberThatIsNotFinite() throws Exception {
    config("{\"model_type\": \"llama\"}");
    var info = new TensorInfo("w", Dtype.F32, List.of(2L, 3L));
    try (var writer = new ShardedWriter(folder, List.of(info), 100)) {
      writer.write("w", MemorySegment.ofArray(new float[] {0, 1, 2, 3, 4, Float.NaN}));
      writer.finish();
    }
    try (Checkpoint read = Checkpoint.open(folder)) {
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> read.requireFinite("w"))
          .withMessageContaining("tensor w")
          .withMessageContaining("[1, 2]");
    }
  }

  private static boolean hasConfig(Path model) {
    return Files.exists(model.resolve("config.json"));
  }

  private void config(String content) throws IOException {
    Files.writeString(folder.resolve("config.json"), content);
  }

  private void write(List<TensorInfo> infos, long shardSize) throws CompotException {
    try (var writer = new ShardedWriter(folder, infos, shardSize)) {
      for (TensorInfo info : infos) {
        byte[] data = new byte[(int) info.bytes()];
        Arrays.fill(data, (byte) 7);
        writer.write(info.name(), MemorySegment.ofArray(data));
      }
      writer.finish();
    }
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
