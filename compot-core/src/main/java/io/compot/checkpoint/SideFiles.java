package io.compot.checkpoint;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.text.FolderNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What lies in a checkpoint's folder beside configuration and weights. All of it goes unchanged
 * into every checkpoint made from it (tokenizer, generation settings, chat templates, also those in
 * folders, licences, code), except what is large or holds other weights, and what is written anew.
 *
 * @param folder of the checkpoint
 * @param kept paths inside the folder of what goes along, sorted
 * @param left names of what stays behind; a folder's ends in a slash
 */
public record SideFiles(Path folder, List<Path> kept, List<String> left) {

  private static final Pattern KNOWN =
      Pattern.compile(
          "tokenizer.*|special_tokens_map\\.json|added_tokens\\.json|vocab\\..*|merges\\.txt"
              + "|generation_config\\.json|chat_template.*|(pre)?processor_config\\.json"
              + "|normalizer\\.json|.*\\.tiktoken|(spiece|sentencepiece.*)\\.model"
              + "|(LICEN[CS]E|NOTICE|COPYING|USE_POLICY).*",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern WEIGHTS =
      Pattern.compile(
          ".*\\.(safetensors|bin|pt|pth|ckpt|pkl|gguf|ggml|onnx|h5|msgpack|npz|ot|tflite|engine"
              + "|mlmodel)|.*\\.(safetensors|bin|h5|msgpack)\\.index\\.json|.*\\.onnx[._]data",
          Pattern.CASE_INSENSITIVE);

  /** Written anew for what is made of the checkpoint, or not true of it any more. */
  private static final Set<String> RENEWED =
      Set.of(
          "README.md",
          "compression-report.json",
          "report.html",
          "compot-recipe.yaml",
          CompressionSection.CODE,
          "quantize_config.json");

  private static final String CONFIG = "config.json";

  /** Bytes of a file, or of all files of a folder, of which nothing is known but its name. */
  private static final long LARGEST = 16L << 20;

  private static final int MOST_FILES = 1000;
  private static final int DEEPEST = 8;

  public SideFiles {
    kept = List.copyOf(kept);
    left = List.copyOf(left);
  }

  /**
   * Looks through the folder; hidden files and folders are passed over.
   *
   * @throws InputException where a link leads nowhere, or what goes along cannot be read
   */
  static SideFiles of(Path folder) throws InputException {
    List<Path> kept = new ArrayList<>();
    List<String> left = new ArrayList<>();
    for (String name : FolderNames.of(folder)) {
      Path file = folder.resolve(name);
      if (name.startsWith(".")) {
        continue;
      }
      requireThere(file);
      if (Files.isDirectory(file)) {
        List<Path> inside = inside(file);
        if (inside.isEmpty()) {
          left.add(name + "/");
        }
        inside.forEach(each -> kept.add(folder.relativize(each)));
      } else if (!isWeights(name) && !name.equals(CONFIG)) {
        if (goesAlong(file)) {
          kept.add(Path.of(name));
        } else {
          left.add(name);
        }
      }
    }
    for (Path file : kept) {
      if (!Files.isReadable(folder.resolve(file))) {
        throw InputException.in(
            folder.resolve(file), "the file cannot be read", "check its permissions");
      }
    }
    return new SideFiles(folder, kept, left);
  }

  /** Whether a file of this name in a checkpoint's folder is part of the model. */
  public static boolean isPart(String name) {
    return isWeights(name)
        || name.equals(CONFIG)
        || name.equals("README.md")
        || KNOWN.matcher(name).matches();
  }

  private static boolean isWeights(String name) {
    return WEIGHTS.matcher(name).matches();
  }

  private static boolean goesAlong(Path file) throws InputException {
    String name = file.getFileName().toString();
    return Files.isRegularFile(file)
        && !RENEWED.contains(name)
        && (KNOWN.matcher(name).matches() || size(file) <= LARGEST);
  }

  /** All files of a folder; none where it holds weights, too much, or anything but files. */
  private static List<Path> inside(Path folder) throws InputException {
    List<Path> files = new ArrayList<>();
    long bytes = 0;
    try (Stream<Path> all = Files.walk(folder, DEEPEST, FileVisitOption.FOLLOW_LINKS)) {
      for (Path file : (Iterable<Path>) all.sorted()::iterator) {
        requireThere(file);
        if (Files.isDirectory(file)) {
          continue;
        }
        bytes += size(file);
        files.add(file);
        if (!Files.isRegularFile(file)
            || isWeights(file.getFileName().toString())
            || bytes > LARGEST
            || files.size() > MOST_FILES) {
          return List.of();
        }
      }
      return files;
    } catch (UncheckedIOException e) {
      return List.of(); // a folder that may not be looked into, or links in a circle
    } catch (IOException e) {
      throw InputException.unreadable(folder, e);
    }
  }

  /** A download cache that lost a file has links that lead nowhere. */
  private static void requireThere(Path file) throws InputException {
    if (Files.exists(file) || !Files.isSymbolicLink(file)) {
      return;
    }
    throw InputException.in(
        file,
        "this link leads nowhere ("
            + Shown.of(target(file))
            + " is not there), as in a download cache that has lost a file",
        "download the model again, or remove the link if nothing needs the file");
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "its target";
    }
  }

  private static long size(Path file) throws InputException {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }

  /** What goes along, in bytes. */
  long bytes() throws InputException {
    long all = 0;
    for (Path file : kept) {
      all += size(folder.resolve(file));
    }
    return all;
  }

  /** The names of what stays behind on one line, for a notice. */
  public String leftNames() {
    return left.stream().map(Shown::of).collect(Collectors.joining(", "));
  }
}
