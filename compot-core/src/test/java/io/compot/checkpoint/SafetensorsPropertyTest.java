package io.compot.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.safetensors.SafetensorsFile;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

class SafetensorsPropertyTest {

  private Path folder = Path.of("");

  @BeforeTry
  void makeFolder() throws IOException {
    folder = Files.createTempDirectory("safetensors");
  }

  @AfterTry
  void removeFolder() throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  @Property(tries = 100)
  void whatIsWrittenIsReadBack(
      @ForAll("tensors") List<TensorInfo> infos,
      @ForAll Map<String, String> metadata,
      @ForAll long seed)
      throws CompotException, IOException {
    Map<String, String> valid = new HashMap<>(metadata);
    valid.keySet().removeIf(key -> !Shown.wellFormed(key));
    valid.values().removeIf(value -> !Shown.wellFormed(value));
    Map<String, byte[]> data = randomData(infos, seed);
    Path file = folder.resolve("a.safetensors");
    write(file, infos, valid, data);

    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.names()).containsExactlyInAnyOrderElementsOf(data.keySet());
      assertThat(read.metadata()).isEqualTo(valid);
      for (TensorInfo info : infos) {
        assertThat(read.info(info.name())).isEqualTo(info);
        assertThat(read.bytes(info.name()).toArray(ValueLayout.JAVA_BYTE))
            .isEqualTo(data.get(info.name()));
        // Every tensor lies at an address that its type may have.
        assertThat(read.bytes(info.name()).address() % info.dtype().bytes()).isZero();
      }
    }
    var shuffled = new ArrayList<>(infos);
    Collections.shuffle(shuffled, new Random(seed));
    Path again = folder.resolve("b.safetensors");
    write(again, shuffled, valid, data);
    assertThat(Files.mismatch(file, again)).isEqualTo(-1);
  }

  /** Whatever the header says, the answer is a checked file or one clear refusal. */
  @Property(tries = 500)
  void damagedHeadersAreReadOrRefused(
      @ForAll("tensors") List<TensorInfo> infos,
      @ForAll @IntRange(min = 1, max = 4) int changes,
      @ForAll long seed)
      throws CompotException, IOException {
    Path file = folder.resolve("a.safetensors");
    write(file, infos, Map.of(), randomData(infos, seed));
    byte[] content = Files.readAllBytes(file);
    var random = new Random(seed);
    int header =
        (int) Math.min(content.length, 8 + (content[0] & 0xff) + 256L * (content[1] & 0xff));
    byte[] likely = "{}[]\",:0123456789-.eE \\u".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(Math.max(1, Math.min(header, content.length)));
      content[at] =
          random.nextBoolean() ? likely[random.nextInt(likely.length)] : (byte) random.nextInt(256);
    }
    if (random.nextInt(8) == 0) {
      content = Arrays.copyOf(content, random.nextInt(content.length + 16));
    }
    Files.write(file, content);
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      for (String name : read.names()) {
        assertThat(read.bytes(name).byteSize()).isEqualTo(read.info(name).bytes());
      }
    } catch (InputException e) {
      assertThat(e.getMessage()).hasLineCount(1).contains("a.safetensors");
    }
  }

  @Provide
  Arbitrary<List<TensorInfo>> tensors() {
    Arbitrary<String> names =
        Arbitraries.strings()
            .ofMaxLength(12)
            .filter(name -> Shown.wellFormed(name) && !name.equals("__metadata__"));
    return Combinators.combine(
            names,
            Arbitraries.of(Dtype.class),
            Arbitraries.longs().between(0, 4).list().ofMaxSize(3))
        .as(TensorInfo::new)
        .list()
        .uniqueElements(TensorInfo::name)
        .ofMaxSize(6);
  }

  private static Map<String, byte[]> randomData(List<TensorInfo> infos, long seed) {
    var random = new Random(seed);
    var data = new HashMap<String, byte[]>();
    for (TensorInfo info : infos) {
      byte[] bytes = new byte[(int) info.bytes()];
      random.nextBytes(bytes);
      data.put(info.name(), bytes);
    }
    return data;
  }

  private static void write(
      Path file, List<TensorInfo> infos, Map<String, String> metadata, Map<String, byte[]> data)
      throws CompotException {
    try (var writer = new SafetensorsWriter(file, infos, metadata)) {
      for (var entry : data.entrySet()) {
        writer.write(entry.getKey(), MemorySegment.ofArray(entry.getValue()));
      }
      writer.finish();
    }
  }
}
