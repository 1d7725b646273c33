package io.compot.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Changes a YAML document at its joints: values replaced, lines gone, twice or indented. */
final class YamlMutator {

  private static final String[] HOSTILE = {
    "../../../../etc/passwd",
    "/",
    "\"\\0\"",
    "\"\\uD800\"",
    "\"\\e[31m\"",
    "''",
    "~",
    "{}",
    "[]",
    "[[]]",
    "[null, ~, '']",
    "{a: {b: c}}",
    "true",
    "0",
    "-1",
    "1e400",
    "-1e-400",
    "1e999999999",
    ".nan",
    ".inf",
    "0x7fffffffffffffff",
    "2147483648",
    "9223372036854775808",
    "9".repeat(400),
    "auto",
    "compot",
    "own",
    "bf16",
    "9223372036854775807GB",
    "1e30TB",
    "-5MB",
    "\"**************************x\"",
    "&a [*a]",
    "!!java.io.File x",
    "|\n  many\n  lines",
    "{file: text.txt, sha256: 0}",
    "{path: x}",
    "[".repeat(300)
  };

  private YamlMutator() {}

  /** A changed document, one to three changes. */
  static byte[] mutate(byte[] yaml, SplittableRandom random) {
    List<String> lines = new ArrayList<>(new String(yaml, StandardCharsets.UTF_8).lines().toList());
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      change(lines, random);
    }
    byte[] changed = TinyModel.utf8(String.join("\n", lines) + "\n");
    return random.nextInt(5) == 0 ? ByteMutator.mutate(changed, random) : changed;
  }

  private static void change(List<String> lines, SplittableRandom random) {
    int at = random.nextInt(lines.size());
    String line = lines.get(at);
    switch (random.nextInt(8)) {
      case 0 -> {
        if (lines.size() > 1) {
          lines.remove(at);
        }
      }
      case 1 -> lines.add(at, lines.get(random.nextInt(lines.size())));
      case 2 -> lines.set(at, " ".repeat(1 + random.nextInt(6)) + line);
      case 3 -> lines.set(at, line.strip());
      default -> lines.set(at, replaced(line, random));
    }
  }

  /** The line with another value, or with another in place of a member of its list or map. */
  private static String replaced(String line, SplittableRandom random) {
    String value = HOSTILE[random.nextInt(HOSTILE.length)];
    List<Integer> begins = new ArrayList<>();
    for (int i = 0; i < line.length(); i++) {
      if (":-[{,".indexOf(line.charAt(i)) >= 0) {
        begins.add(i + 1);
      }
    }
    if (begins.isEmpty()) {
      return value;
    }
    int begin = begins.get(random.nextInt(begins.size()));
    int end = begin;
    while (end < line.length() && ",]}".indexOf(line.charAt(end)) < 0) {
      end++;
    }
    return line.substring(0, begin) + " " + value + line.substring(end);
  }
}
