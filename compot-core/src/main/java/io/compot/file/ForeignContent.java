package io.compot.file;

import io.compot.error.InputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Recognises files that are not what their name says, by their first bytes. */
public enum ForeignContent {
  LFS_POINTER(
      "this is a Git-LFS pointer, not the file itself",
      "fetch the content with 'git lfs pull' or download the file again"),
  ZIP(
      "this is a zip archive, as torch.save writes a pickle, and pickles are never read",
      "convert it to safetensors"),
  PICKLE(
      "this is a Python pickle, and pickles are never read because they can run code",
      "convert it to safetensors"),
  GGUF("this is a GGUF file", "use the Hugging Face folder with safetensors it was made from"),
  HTML(
      "this is an HTML page, not the file itself",
      "download the file again from its download link; private files need a login"),
  GZIP("this is a gzip archive", "unpack it first");

  private final String problem;
  private final String advice;

  ForeignContent(String problem, String advice) {
    this.problem = problem;
    this.advice = advice;
  }

  /** The refusal of a file that is this. */
  public InputException refuse(Path file) {
    return InputException.in(file, problem, advice);
  }

  /**
   * What these first bytes of a file give away, if anything.
   *
   * @param start the first bytes of the file, a few dozen suffice
   */
  public static Optional<ForeignContent> of(byte[] start) {
    String text =
        new String(start, StandardCharsets.ISO_8859_1).stripLeading().toLowerCase(Locale.ROOT);
    if (text.startsWith("version https://git-lfs")) {
      return Optional.of(LFS_POINTER);
    }
    if (text.startsWith("pk\3\4")) {
      return Optional.of(ZIP);
    }
    if (text.startsWith("gguf")) {
      return Optional.of(GGUF);
    }
    if (text.startsWith("<!doctype") || text.startsWith("<html")) {
      return Optional.of(HTML);
    }
    if (start.length > 2 && start[0] == (byte) 0x80 && start[1] >= 2 && start[1] <= 5) {
      return Optional.of(PICKLE);
    }
    if (start.length > 2 && start[0] == 0x1f && start[1] == (byte) 0x8b) {
      return Optional.of(GZIP);
    }
    return Optional.empty();
  }
}
