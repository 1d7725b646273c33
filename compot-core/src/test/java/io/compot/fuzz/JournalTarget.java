package io.compot.fuzz;

import io.compot.comparison.ComparisonRow;
import io.compot.comparison.ResultsJournal;
import io.compot.journal.Fingerprint;
import io.compot.journal.Resume;
import io.compot.journal.WorkFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * What unfinished work left. Half of the journals lie with checksums that hold: what a stranger
 * writes, not what a disk does.
 */
enum JournalTarget implements FuzzTarget {
  WORK_JOURNAL {
    @Override
    Path file(Path folder) {
      return WorkFolder.beside(folder.resolve("out")).resolve("journal.jsonl");
    }

    @Override
    List<String> sound() {
      return List.of(
          """
          {"journal":1,"what":"compress","fingerprint":{"inputs":{"weights":"00"},"settings":{"ratio":"0.2"}}}\
          """,
          """
          {"done":"plan","bytes":0,"data":{"ranks":[1,2],"name":"pooled"}}\
          """,
          """
          {"done":"layer.bin","sha256":"%s","bytes":3,"data":{"ranks":[3],"name":"layer"}}\
          """
              .formatted(ABC));
    }

    @Override
    String line(String record) {
      return checked(record);
    }

    @Override
    public void read(Path folder) throws Exception {
      try (WorkFolder work = WorkFolder.take(folder.resolve("out"))) {
        work.begin(
            "compress",
            new Fingerprint(Map.of("weights", "00"), Map.of("ratio", "0.2")),
            Resume.AUTO);
        work.find("plan", Found.class).ifPresent(found -> found.ranks().forEach(Found::use));
        work.find("layer.bin", Found.class).ifPresent(found -> found.ranks().forEach(Found::use));
        work.note("again", new Found(List.of(1), "again"));
      }
    }
  },
  RESULTS_JOURNAL {
    @Override
    Path file(Path folder) {
      return folder.resolve(ResultsJournal.NAME);
    }

    @Override
    List<String> sound() {
      return List.of(
          """
          {"facts":{"model tiny":"00","seed":"42"}}\
          """,
          """
          {"row":{"model":"tiny","method":"original","allocation":"","ratio":0,"achieved":0.0,
          "bits_per_weight":16,"model_bits":1000,"tensor_bytes":1000,"file_bytes":1100,"perplexity":10.5,
          "log_perplexity_rise":0,"kl_divergence":0,"kl_standard_error":0,"top_agreement":1,"error":0,
          "seconds":1.5,"calibration_seconds":0,"profile_seconds":0,"factorise_seconds":0,"peak_bytes":0}}\
          """
              .replace("\n", ""));
    }

    @Override
    String line(String record) {
      return checked(record);
    }

    @Override
    public void read(Path folder) throws Exception {
      try (ResultsJournal journal = ResultsJournal.open(folder)) {
        journal.require(Map.of("seed", "42"));
        journal.facts();
        journal.rows().forEach(ComparisonRow::line);
      }
    }
  };

  /** What work may keep beside a name. */
  private record Found(List<Integer> ranks, String name) {
    private Found {
      ranks = List.copyOf(ranks);
    }

    private static void use(int rank) {
      Math.addExact(rank, 0);
    }
  }

  private static final byte[] CONTENT = {'a', 'b', 'c'};
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  abstract Path file(Path folder);

  abstract List<String> sound();

  /** A record as the file has it. */
  abstract String line(String record);

  private static String checked(String record) {
    var crc = new CRC32C();
    crc.update(record.getBytes(StandardCharsets.UTF_8));
    return "{\"crc\":\"%08x\",\"record\":%s}".formatted(crc.getValue(), record);
  }

  @Override
  public void prepare(Path folder) throws IOException {
    put(folder, sound());
  }

  @Override
  public void write(Path folder, SplittableRandom random) throws IOException {
    List<String> records = new ArrayList<>(sound());
    int at = random.nextInt(records.size());
    boolean bytes = random.nextInt(3) == 0;
    if (!bytes) {
      byte[] changed = JsonMutator.mutate(TinyModel.utf8(records.get(at)), random);
      records.set(at, new String(changed, StandardCharsets.UTF_8));
    }
    switch (random.nextInt(6)) {
      case 0 -> records.remove(at);
      case 1 -> records.add(records.get(random.nextInt(records.size())));
      default -> {}
    }
    put(folder, records);
    if (bytes || random.nextInt(10) == 0) {
      Path file = file(folder);
      Files.write(file, ByteMutator.mutate(Files.readAllBytes(file), random));
    }
  }

  private void put(Path folder, List<String> records) throws IOException {
    Path file = file(folder);
    Files.createDirectories(file.getParent());
    Files.write(file.resolveSibling("layer.bin"), CONTENT);
    StringBuilder text = new StringBuilder();
    records.forEach(record -> text.append(line(record)).append('\n'));
    Files.writeString(file, text.isEmpty() ? "\n" : text);
  }
}
