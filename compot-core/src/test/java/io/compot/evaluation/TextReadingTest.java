package io.compot.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.testing.SharedData;
import io.compot.text.TextFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextReadingTest {

  @TempDir private Path folder;

  @Test
  void joinsRowsByTwoNewlines() throws Exception {
    Path file = Files.writeString(folder.resolve("t.txt"), " \n = A = \n \n Text \n");
    assertThat(TextReading.GPTQ.read(file).whole()).isEqualTo("\n\n = A = \n\n\n\n\n Text \n");
    assertThat(TextReading.PLAIN.read(file).whole()).isEqualTo(" \n = A = \n \n Text \n");
    assertThat(TextReading.GPTQ.read(file).sha256())
        .isEqualTo(TextReading.PLAIN.read(file).sha256());
  }

  /** The text that the papers' code joined, kept by somebody with DOS line ends. */
  @Test
  void readsWikiTextAsThePapersDo() throws Exception {
    Path raw = SharedData.path("data/text/wikitext2/wiki.test.raw");
    Path joined = SharedData.path("data/text/wikitext2/wiki.test.joined_2newlines.txt");
    assertThat(TextReading.GPTQ.read(raw).whole())
        .isEqualTo(Files.readString(joined).replace("\r\n", "\n"));
  }

  /** One text in three kinds of file. */
  @Test
  void readsRowsFromAnyKindOfFile() throws Exception {
    Path plain = Files.writeString(folder.resolve("t.txt"), "\n = A = \n\n Text \n");
    Path lines =
        Files.writeString(
            folder.resolve("t.jsonl"),
            "{\"text\": \"\"}\n{\"text\": \" = A = \\n\"}\n{\"text\": \"\"}\n{\"text\": \" Text \\n\"}\n");
    String whole = "\n\n = A = \n\n\n\n\n Text \n";
    for (Path file : new Path[] {plain, lines, parquet("", " = A = \n", "", " Text \n")}) {
      TextFile read = TextReading.GPTQ.read(file);
      assertThat(read.whole()).isEqualTo(whole);
      assertThat(read.bytes()).isEqualTo(Files.size(file));
      assertThat(read.sha256()).hasSize(64);
    }
  }

  @Test
  void refusesTablesWithoutText() throws Exception {
    Path empty = parquet("", " ");
    assertThatThrownBy(() -> TextReading.PLAIN.read(empty))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("there is no text in it");
    assertThatThrownBy(() -> TextReading.named("papers"))
        .isInstanceOf(UsageException.class)
        .hasMessage("reading papers is unknown; choose plain or gptq");
  }

  private Path parquet(String... rows) throws Exception {
    Path file = folder.resolve("t.parquet");
    MessageType schema =
        MessageTypeParser.parseMessageType("message t { required binary text (STRING); }");
    try (var writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withConf(new PlainParquetConfiguration())
            .withType(schema)
            .build()) {
      for (String row : rows) {
        var group = new SimpleGroup(schema);
        group.add("text", row);
        writer.write(group);
      }
    }
    return file;
  }
}
