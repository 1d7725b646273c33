package io.compot.tokenizer;

import io.compot.error.InputException;
import io.compot.error.Shown;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Checks what stands around the model of a {@code tokenizer.json} (normaliser, pre-tokenizer,
 * post-processor, decoder) for what the native library behind us does not check itself: there such
 * a file would not end in an error, but end the whole process.
 */
final class TokenizerParts {

  private static final String RESTORE = "restore the tokenizer.json of the original checkpoint";

  /** Optional, alternative and empty pieces, anchors and groups: more than files need here. */
  private static final Pattern MAY_MATCH_NOTHING =
      Pattern.compile("[*?|^$()]|\\{0|\\{,|\\\\[bBAzZGKyYRX0-9kg]");

  /** The places where parts stand, and what may stand there. */
  private enum Kind {
    NORMALIZER(
        "normalizer",
        "normalizers",
        "BertNormalizer Strip StripAccents NFC NFD NFKC NFKD Sequence Lowercase Nmt Precompiled"
            + " Replace Prepend ByteLevel"),
    PRE_TOKENIZER(
        "pre_tokenizer",
        "pretokenizers",
        "BertPreTokenizer ByteLevel Delimiter CharDelimiterSplit Metaspace Whitespace Sequence Split"
            + " Punctuation WhitespaceSplit Digits UnicodeScripts FixedLength"),
    POST_PROCESSOR(
        "post_processor",
        "processors",
        "RobertaProcessing BertProcessing ByteLevel TemplateProcessing Sequence"),
    DECODER(
        "decoder",
        "decoders",
        "BPEDecoder ByteLevel WordPiece Metaspace CTC Sequence Replace Fuse Strip ByteFallback");

    private final String field;
    private final String members;
    private final String types;

    Kind(String field, String members, String types) {
      this.field = field;
      this.members = members;
      this.types = types;
    }

    private boolean has(String type) {
      return List.of(types.split(" ", -1)).contains(type);
    }
  }

  private final Path file;

  private TokenizerParts(Path file) {
    this.file = file;
  }

  /**
   * Checks all four.
   *
   * @throws InputException naming the part that cannot be trusted
   */
  static void check(Path file, JsonNode tokenizer) throws InputException {
    var parts = new TokenizerParts(file);
    for (Kind kind : Kind.values()) {
      parts.check(kind, kind.field, tokenizer.get(kind.field));
    }
  }

  /** The part and all that it is made of, each with a type: others would be guessed at. */
  private void check(Kind kind, String path, @Nullable JsonNode part) throws InputException {
    if (part == null || part.isNull()) {
      return;
    }
    String type = part.path("type").asString("");
    if (!part.isObject() || !kind.has(type)) {
      throw refuse(
          path + ".type", part.get("type"), "it must be one of " + kind.types.replace(" ", ", "));
    }
    checkRegex(path, part.path("pattern").path("Regex"));
    switch (type) {
      case "Precompiled" ->
          throw InputException.in(
              file,
              path,
              "a precompiled character map cannot be checked and is not supported",
              "use a tokenizer.json without one");
      case "Strip" -> checkStrip(kind, path, part);
      case "Replace" -> checkReplace(kind, path, part.path("pattern"));
      case "FixedLength" -> checkLength(path, part);
      case "TemplateProcessing" -> checkTemplate(path, part);
      case "Sequence" -> {
        JsonNode members = part.path(kind.members);
        if (!members.isArray()) {
          throw refuse(path + "." + kind.members, members, "it must be a list");
        }
        for (int i = 0; i < members.size(); i++) {
          String at = "%s.%s[%d]".formatted(path, kind.members, i);
          if (members.get(i).isNull()) {
            throw refuse(at, members.get(i), "it must be an object");
          }
          check(kind, at, members.get(i));
        }
      }
      default -> {}
    }
  }

  private void checkRegex(String path, JsonNode regex) throws InputException {
    String problem = regex.isString() ? TokenizerRegex.problem(regex.stringValue()) : null;
    if (problem != null) {
      throw InputException.in(
          file,
          Shown.of(path) + ".pattern.Regex",
          Shown.of(regex.toString()) + " could take too long to match: " + problem,
          RESTORE);
    }
  }

  /** The library's bookkeeping fails where a pattern matches nothing at all. */
  private void checkReplace(Kind kind, String path, JsonNode pattern) throws InputException {
    if (kind != Kind.NORMALIZER) {
      return;
    }
    String text = pattern.path("String").asString("");
    String regex = pattern.path("Regex").asString("");
    if (text.isEmpty() && (regex.isEmpty() || MAY_MATCH_NOTHING.matcher(regex).find())) {
      throw refuse(path + ".pattern", pattern, "it must be one that always matches something");
    }
  }

  /** The decoder cuts a token that is shorter than what it cuts off. */
  private void checkStrip(Kind kind, String path, JsonNode part) throws InputException {
    JsonNode stop = part.path("stop");
    if (kind == Kind.DECODER
        && !(stop.isIntegralNumber() && stop.canConvertToInt() && stop.intValue() == 0)) {
      throw refuse(path + ".stop", stop, "0 is the only number that works with every token");
    }
  }

  private void checkLength(String path, JsonNode part) throws InputException {
    JsonNode length = part.path("length");
    if (!length.isMissingNode()
        && !(length.isIntegralNumber() && length.canConvertToInt() && length.intValue() > 0)) {
      throw refuse(path + ".length", length, "it must be a whole number above zero");
    }
  }

  /** Every special token of a template must be listed, and one text has no second part. */
  private void checkTemplate(String path, JsonNode part) throws InputException {
    JsonNode listed = part.path("special_tokens");
    Set<String> known =
        new TreeSet<>(listed.isObject() ? Set.copyOf(listed.propertyNames()) : Set.of());
    for (String name : new String[] {"single", "pair"}) {
      JsonNode template = part.path(name);
      if (!template.isArray()) {
        throw refuse(path + "." + name, template, "it must be a list of pieces");
      }
      for (int i = 0; i < template.size(); i++) {
        String at = path + "." + name + "[" + i + "]";
        JsonNode special = template.get(i).path("SpecialToken").path("id");
        JsonNode sequence = template.get(i).path("Sequence").path("id");
        if (special.isString() == sequence.isString()) {
          throw refuse(at, template.get(i), "it must be a SpecialToken or a Sequence");
        }
        if (special.isString() && !known.contains(special.stringValue())) {
          throw refuse(at, special, "special_tokens does not list it");
        }
        if (sequence.isString() && name.equals("single") && !sequence.stringValue().equals("A")) {
          throw refuse(at, sequence, "the template of one text has only the sequence A");
        }
      }
    }
  }

  private InputException refuse(String path, @Nullable JsonNode found, String expected) {
    String shown = found == null || found.isMissingNode() ? "nothing" : found.toString();
    return InputException.in(
        file, Shown.of(path), "found " + Shown.of(shown) + ", but " + expected, RESTORE);
  }
}
