package io.compot.cli;

import io.compot.error.FailureException;
import io.compot.error.InputException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Texts that a conversation reads and writes. */
final class ChatFiles {

  private ChatFiles() {}

  static String read(Path file) throws InputException {
    try {
      String text = Files.readString(file);
      return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    } catch (CharacterCodingException e) {
      throw new InputException(file + ": this is no UTF-8 text; save it as UTF-8", e);
    } catch (IOException e) {
      throw new InputException(
          file + ": cannot be read (" + e + "); check that it exists and its permissions", e);
    }
  }

  /** Whole or not at all. */
  static void write(Path file, String text) throws FailureException {
    Path beside = file.resolveSibling("." + file.getFileName() + ".part");
    try {
      Files.writeString(beside, text);
      Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new FailureException(
          file + ": cannot be written (" + e + "); choose a folder that can", e);
    }
  }
}
