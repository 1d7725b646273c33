package io.compot.calibration.sound;

import io.compot.error.InputException;
import io.compot.text.TextFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is said in files of sound, where texts lie beside them: {@code NAME.txt} with the whole
 * text, or, as LibriSpeech has it, {@code *.trans.txt} whose lines begin with a name.
 */
final class Transcripts {

  private static final String LISTED = ".trans.txt";

  private final Map<Path, Map<String, String>> folders = new HashMap<>();

  /**
   * The text of a file; empty where there is none.
   *
   * @throws InputException where a text cannot be read
   */
  Optional<String> of(Path sound) throws InputException {
    Path folder = Objects.requireNonNull(sound.toAbsolutePath().getParent());
    String file = sound.getFileName().toString();
    String name = file.substring(0, file.lastIndexOf('.'));
    Path own = folder.resolve(name + ".txt");
    if (Files.isRegularFile(own)) {
      return Optional.of(plain(TextFile.read(own, "text").whole()));
    }
    Map<String, String> listed = folders.get(folder);
    if (listed == null) {
      listed = listed(folder);
      folders.put(folder, listed);
    }
    return Optional.ofNullable(listed.get(name)).map(Transcripts::plain);
  }

  private static Map<String, String> listed(Path folder) throws InputException {
    Map<String, String> texts = new HashMap<>();
    for (Path list : lists(folder)) {
      for (String line : TextFile.read(list, "text").whole().lines().toList()) {
        int space = line.indexOf(' ');
        if (space > 0) {
          texts.put(line.substring(0, space), line.substring(space + 1));
        }
      }
    }
    return texts;
  }

  private static List<Path> lists(Path folder) throws InputException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(LISTED)).sorted().toList();
    } catch (IOException e) {
      throw InputException.in(folder, "cannot be listed: " + e.getMessage(), "check its rights");
    }
  }

  /** One line; texts in capitals alone become small, as models that hear write nothing so. */
  private static String plain(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.equals(line.toUpperCase(Locale.ROOT)) ? line.toLowerCase(Locale.ROOT) : line;
  }
}
