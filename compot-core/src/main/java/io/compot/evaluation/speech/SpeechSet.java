package io.compot.evaluation.speech;

import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.text.TextFile;
import io.compot.text.rows.ParquetRows;
import io.compot.text.rows.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Speech with what is said in it, in the layouts in which it is handed on. */
public final class SpeechSet implements AutoCloseable {

  private static final String LISTED = ".trans.txt";
  private static final List<String> ENDINGS = List.of(".flac", ".wav");
  private static final String ADVICE =
      "give a folder laid out as LibriSpeech is (*.trans.txt beside .flac or .wav), a list of lines"
          + " TEXT<tab>AUDIO, or a parquet file with columns audio and text";

  private final List<Utterance> utterances = new ArrayList<>();

  /** Sounds that lie in a parquet file, as files of their own. */
  private final List<Path> unpacked = new ArrayList<>();

  private SpeechSet() {}

  /**
   * Opens a set.
   *
   * @param place a folder, a list or a parquet file
   * @throws InputException where it is none of these, or a sound that it names is not there
   * @throws FailureException where sounds of a parquet file cannot be laid down
   */
  public static SpeechSet of(Path place) throws InputException, FailureException {
    var set = new SpeechSet();
    boolean whole = false;
    try {
      if (Files.isDirectory(place)) {
        set.folder(place);
      } else if (place.toString().toLowerCase(Locale.ROOT).endsWith(".parquet")) {
        set.parquet(place);
      } else {
        set.list(place);
      }
      if (set.utterances.isEmpty()) {
        throw InputException.in(place, "no speech with transcripts", ADVICE);
      }
      whole = true;
      return set;
    } catch (IOException e) {
      throw InputException.in(place, "cannot be read: " + e.getMessage(), ADVICE);
    } finally {
      if (!whole) {
        set.close();
      }
    }
  }

  /** All of it, in the order of its files and lines. */
  public List<Utterance> utterances() {
    return List.copyOf(utterances);
  }

  private void folder(Path folder) throws IOException, InputException {
    List<Path> lists;
    try (Stream<Path> files = Files.walk(folder)) {
      lists = files.filter(file -> file.toString().endsWith(LISTED)).sorted().toList();
    }
    for (Path list : lists) {
      for (String line : TextFile.read(list, "text").whole().lines().toList()) {
        int space = line.indexOf(' ');
        if (space > 0) {
          String name = line.substring(0, space);
          utterances.add(new Utterance(name, beside(list, name), line.substring(space + 1)));
        }
      }
    }
  }

  private static Path beside(Path list, String name) throws InputException {
    for (String ending : ENDINGS) {
      Path sound = list.resolveSibling(name + ending);
      if (Files.isRegularFile(sound)) {
        return sound;
      }
    }
    throw InputException.in(
        list, "it names " + name + ", of which there is no sound beside it", ADVICE);
  }

  private void list(Path list) throws InputException {
    int number = 0;
    for (String line : TextFile.read(list, "text").whole().lines().toList()) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      int tab = line.lastIndexOf('\t');
      Path sound =
          tab < 0 ? null : list.toAbsolutePath().resolveSibling(line.substring(tab + 1).strip());
      if (sound == null || !Files.isRegularFile(sound)) {
        throw InputException.in(
            list,
            "line " + number + ": it is no text, a tab and a file of sound that is there",
            ADVICE);
      }
      utterances.add(new Utterance(sound.getFileName().toString(), sound, line.substring(0, tab)));
    }
  }

  /** A column of structs, the bytes of a file and its name each. */
  private void parquet(Path file) throws IOException, InputException, FailureException {
    for (Row row : ParquetRows.read(file)) {
      JsonNode sound = row.columns().path("audio");
      byte[] bytes = sound.path("bytes").isBinary() ? sound.path("bytes").binaryValue() : null;
      if (bytes == null) {
        throw InputException.in(
            file, "row %d: its column audio holds no sound".formatted(row.number()), ADVICE);
      }
      String name = sound.path("path").asString("row " + row.number());
      try {
        Path own = Files.createTempFile("compot-sound", "");
        unpacked.add(own);
        Files.write(own, bytes);
        utterances.add(new Utterance(name, own, row.text("text")));
      } catch (IOException e) {
        throw new FailureException(
            "sounds of %s cannot be laid down in the folder for temporary files (%s); make room"
                .formatted(file, e.getMessage()),
            e);
      }
    }
  }

  @Override
  public void close() {
    for (Path each : unpacked) {
      try {
        Files.deleteIfExists(each);
      } catch (IOException _) {
        // It lies in the folder for temporary files.
      }
    }
  }
}
