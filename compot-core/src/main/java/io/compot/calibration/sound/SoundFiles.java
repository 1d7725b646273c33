package io.compot.calibration.sound;

import io.compot.audio.SoundFile;
import io.compot.calibration.SampleChoice;
import io.compot.error.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Which files of sound a model is calibrated on. */
final class SoundFiles {

  private SoundFiles() {}

  /**
   * Chooses among the files that are named, and those in folders that are, at any depth.
   *
   * @param most how many at most; empty for all. Of more, some are chosen as windows of text are
   * @throws InputException where there is none
   */
  static List<Path> of(List<Path> named, Optional<Integer> most, long seed) throws InputException {
    List<Path> all = new ArrayList<>();
    for (Path each : named) {
      List<Path> found = in(each);
      if (found.isEmpty()) {
        throw InputException.in(
            each,
            "no sound: the model hears, and is calibrated on what it is to hear",
            "give a folder or files of speech, " + String.join(", ", SoundFile.ENDINGS));
      }
      all.addAll(found);
    }
    int wanted = Math.min(most.orElse(all.size()), all.size());
    return SampleChoice.of(all.size(), wanted, seed).stream().map(all::get).toList();
  }

  private static List<Path> in(Path named) throws InputException {
    if (!Files.isDirectory(named)) {
      return SoundFile.is(named) ? List.of(named) : List.of();
    }
    try (Stream<Path> files = Files.walk(named)) {
      return files.filter(SoundFile::is).filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw InputException.in(named, "cannot be listed: " + e.getMessage(), "check its rights");
    }
  }
}
