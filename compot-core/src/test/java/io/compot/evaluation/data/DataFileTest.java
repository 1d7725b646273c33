package io.compot.evaluation.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.text.rows.Row;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopCodecs;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DataFileTest {

  /** As the hub writes ARC: a struct of lists, strings, an integer class label. */
  private static final MessageType SCHEMA =
      MessageTypeParser.parseMessageType(
          """
          message schema {
            optional binary question (UTF8);
            optional group choices {
              optional group text (LIST) { repeated group list { optional binary element (UTF8); } }
              optional group label (LIST) { repeated group list { optional binary element (UTF8); } }
            }
            optional int64 answer;
            optional boolean hard;
          }
          """);

  @TempDir private Path folder;

  private Path parquet(String name, CompressionCodecName codec) throws IOException {
    Path file = folder.resolve(name);
    try (var writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withConf(new PlainParquetConfiguration())
            .withType(SCHEMA)
            .withCompressionCodec(codec)
            .withCodecFactory(new GzipToo())
            .build()) {
      for (int i = 0; i < 300; i++) {
        Group row = new SimpleGroup(SCHEMA);
        row.add("question", "Where’s " + i + "?");
        Group choices = row.addGroup("choices");
        for (String list : List.of("text", "label")) {
          Group items = choices.addGroup(list);
          for (String item : List.of("a" + i, "b")) {
            items.addGroup("list").add("element", item);
          }
        }
        if (i != 7) {
          row.add("answer", (long) i % 2);
        }
        row.add("hard", i % 3 == 0);
        writer.write(row);
      }
    }
    return file;
  }

  /** The reader's library asks Hadoop to write gzip. */
  private record GzipToo(CompressionCodecFactory others)
      implements CompressionCodecFactory, CompressionCodecFactory.BytesInputCompressor {

    GzipToo() {
      this(HadoopCodecs.newFactory(new PlainParquetConfiguration(), 0));
    }

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName name) {
      return name == CompressionCodecName.GZIP ? this : others.getCompressor(name);
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
      throw new UnsupportedOperationException("only writes");
    }

    @Override
    public BytesInput compress(BytesInput page) throws IOException {
      var packed = new ByteArrayOutputStream();
      try (var out = new GZIPOutputStream(packed)) {
        page.writeAllTo(out);
      }
      return BytesInput.from(packed.toByteArray());
    }

    @Override
    public CompressionCodecName getCodecName() {
      return CompressionCodecName.GZIP;
    }

    @Override
    public void release() {
      others.release();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"UNCOMPRESSED", "SNAPPY", "ZSTD", "GZIP"})
  void readsParquetAsTheHubWritesIt(CompressionCodecName codec) throws Exception {
    List<Row> rows = DataFile.rows(parquet("arc.parquet", codec));
    assertThat(rows).hasSize(300);
    Row row = rows.get(5);
    assertThat(row.text("question")).isEqualTo("Where’s 5?");
    assertThat(row.inside("choices").texts("text")).containsExactly("a5", "b");
    assertThat(row.integer("answer")).isEqualTo(1);
    assertThat(row.integer("hard")).isZero();
    assertThat(row.number()).isEqualTo(6);
    assertThat(rows.get(7).has("answer")).isFalse();
  }

  @Test
  void refusesHalfAParquetFile() throws IOException {
    Path file = parquet("half.parquet", CompressionCodecName.SNAPPY);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    assertRefused(file, "half.parquet: the parquet file is cut off");
    Files.write(file, Arrays.copyOf("PAR1".getBytes(StandardCharsets.UTF_8), 4));
    assertRefused(file, "not a parquet file");
    byte[] damaged = bytes.clone();
    Arrays.fill(damaged, bytes.length - 60, bytes.length - 8, (byte) 0x5a);
    Files.write(file, damaged);
    assertRefused(file, "cannot be read");
  }

  @Test
  void refusesDamagedGzipPages() throws IOException {
    Path file = parquet("zip.parquet", CompressionCodecName.GZIP);
    byte[] bytes = Files.readAllBytes(file);
    int page = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("\u001f\u008b\b");
    assertThat(page).isPositive();
    bytes[page + 12] ^= 0x55;
    bytes[page + 13] ^= 0x55;
    Files.write(file, bytes);
    assertRefused(file, "zip.parquet");
  }

  @Test
  void readsJsonLinesAndArraysAlsoGzipped() throws Exception {
    String lines = "{\"a\": \"x\"}\n\n{\"a\": \"y\", \"label\": \"1\"}\n";
    Path plain = Files.writeString(folder.resolve("a.jsonl"), lines);
    Path zipped = folder.resolve("a.jsonl.gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(zipped))) {
      out.write(lines.getBytes(StandardCharsets.UTF_8));
    }
    Path array = Files.writeString(folder.resolve("a.json"), "[{\"a\": \"x\"},\n {\"a\": \"y\"}]");
    for (Path file : List.of(plain, zipped, array)) {
      List<Row> rows = DataFile.rows(file);
      assertThat(rows).hasSize(2);
      assertThat(rows.get(1).text("a")).isEqualTo("y");
    }
    assertThat(DataFile.rows(plain).get(1).number()).isEqualTo(3);
    byte[] bytes = Files.readAllBytes(zipped);
    Files.write(zipped, Arrays.copyOf(bytes, bytes.length - 9));
    assertRefused(zipped, "cut off");
    Files.writeString(zipped, lines); // unpacked by somebody who left the name
    assertThat(DataFile.rows(zipped)).hasSize(2);
  }

  @Test
  void namesWhatIsWrong() throws Exception {
    assertRefused(folder.resolve("none.jsonl"), "no such file");
    assertThatThrownBy(() -> DataFile.digest(folder.resolve("none.jsonl")))
        .isInstanceOf(InputException.class)
        .hasMessageEndingWith("none.jsonl: there is no such file; check the path");
    assertRefused(write("e.jsonl", ""), "empty");
    assertRefused(write("p.jsonl", "version https://git-lfs.github.com/spec/v1\n"), "Git-LFS");
    assertRefused(write("h.jsonl", "<!DOCTYPE html><html>"), "HTML");
    assertRefused(write("c.jsonl", "{\"a\": 1}\n{\"a\": "), "line 2: not valid JSON");
    assertRefused(write("n.jsonl", "3\n"), "expected a JSON object");
    assertRefused(write("x.csv", "a,b"), "not a kind of data file");
    Files.write(folder.resolve("u.jsonl"), new byte[] {'{', (byte) 0xff, '}'});
    assertRefused(folder.resolve("u.jsonl"), "UTF-8");
  }

  @Test
  void namesColumns() throws Exception {
    Row row = DataFile.rows(write("r.jsonl", "{\"a\": 3, \"t\": \"x\", \"l\": [1]}")).getFirst();
    assertThatThrownBy(() -> row.text("goal"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("row 1: there is no column goal (found a, t, l)");
    assertThatThrownBy(() -> row.text("a")).hasMessageContaining("column a: expected a text");
    assertThatThrownBy(() -> row.texts("l")).hasMessageContaining("column l: expected a text");
    assertThatThrownBy(() -> row.texts("t")).hasMessageContaining("expected a list");
    assertThatThrownBy(() -> row.integer("t")).hasMessageContaining("expected an integer");
    assertThatThrownBy(() -> row.index("a", 2)).hasMessageContaining("from 0 to 1, found 3");
    assertThatThrownBy(() -> row.inside("t")).hasMessageContaining("expected an object");
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private static void assertRefused(Path file, String... words) {
    assertThatThrownBy(() -> DataFile.rows(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file.getFileName().toString())
        .hasMessageContainingAll(words)
        .message()
        .doesNotContain("\n");
  }

  private static final Wanted ARC = Wanted.of("arc_easy", "ARC-Easy").config("ARC-Easy");

  private DataTable table(Wanted wanted, String split) throws CompotException {
    return DataFolder.open(folder).table(wanted, split, true);
  }

  private void file(String name, int rows) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "{\"a\": \"x\"}\n".repeat(rows));
  }

  @Test
  void findsFilesByTheNamesTheHubAndPeopleGive() throws Exception {
    file("mixed/arc_easy_validation.jsonl", 1);
    file("ai2_arc/ARC-Easy/test-00000-of-00002.jsonl", 2);
    file("ai2_arc/ARC-Easy/test-00001-of-00002.jsonl", 3);
    file("ai2_arc/ARC-Challenge/test-00000-of-00001.jsonl", 4);
    file("other/arc_easy_hard_test.jsonl", 5);
    assertThat(table(ARC, "test").rows()).hasSize(5);
    assertThat(table(ARC, "test").digests()).hasSize(2);
    assertThat(table(ARC, "validation").rows()).hasSize(1);
    assertThatThrownBy(() -> table(ARC, "train"))
        .hasMessageContaining("arc_easy: there is no split train, only test, validation");
    assertThatThrownBy(() -> table(Wanted.of("piqa"), "validation"))
        .hasMessageContaining("no file of the data set piqa");
  }

  @Test
  void takesAnUnnamedSplitWhereThereIsNoOther() throws Exception {
    file("winogrande.jsonl", 2);
    assertThat(table(Wanted.of("winogrande"), "validation").rows()).hasSize(2);
    file("winogrande/winogrande_xl/validation.jsonl", 3);
    file("winogrande/winogrande_s/validation.jsonl", 4);
    assertThat(table(Wanted.of("winogrande").config("winogrande_xl"), "validation").rows())
        .hasSize(3);
  }

  @Test
  void refusesMissingShardsAndDoubles() throws Exception {
    file("piqa/validation-00001-of-00002.jsonl", 1);
    assertThatThrownBy(() -> table(Wanted.of("piqa"), "validation"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("has 2 files of this kind, the folder has 1");
    file("boolq_val.jsonl", 1);
    file("boolq/validation.jsonl", 1);
    assertThatThrownBy(() -> table(Wanted.of("boolq"), "validation"))
        .hasMessageContaining("several files may be boolq");
  }

  @Test
  void joinsParts() throws Exception {
    file("mmlu/anatomy/test-00000-of-00001.jsonl", 1);
    file("mmlu/virology/test-00000-of-00001.jsonl", 2);
    Wanted mmlu = Wanted.of("mmlu").inParts();
    assertThat(table(mmlu, "test").rows()).hasSize(3);
    file("mmlu/all/test-00000-of-00001.jsonl", 5);
    assertThat(table(mmlu, "test").rows()).hasSize(5);
  }
}
