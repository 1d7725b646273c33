package io.compot.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * What tokens stand for, where {@code tokenizer.json} tells: byte-level vocabularies spell each
 * byte as a printable character (GPT-2's table), SentencePiece's spell a space as ▁ and single
 * bytes as {@code <0xE6>}.
 */
final class TokenBytes {

  private static final Pattern SINGLE = Pattern.compile("<0x([0-9A-F]{2})>");

  private final Map<Integer, byte[]> byId;

  private TokenBytes(Map<Integer, byte[]> byId) {
    this.byId = byId;
  }

  static TokenBytes of(JsonNode tokenizer) {
    boolean byteLevel = names(tokenizer.path("decoder"), "ByteLevel");
    boolean fallback = tokenizer.path("model").path("byte_fallback").asBoolean(false);
    Map<Character, Byte> table = table();
    Map<Integer, byte[]> byId = new HashMap<>();
    if (byteLevel || fallback) {
      for (var entry : tokenizer.path("model").path("vocab").properties()) {
        String spelled = entry.getKey();
        byte[] bytes = byteLevel ? byTable(spelled, table) : byPiece(spelled);
        byId.put(entry.getValue().intValue(), bytes);
      }
    }
    for (JsonNode added : tokenizer.path("added_tokens").values()) {
      byId.put(
          added.path("id").intValue(),
          added.path("content").stringValue().getBytes(StandardCharsets.UTF_8));
    }
    return new TokenBytes(byId);
  }

  /** Empty where the file does not tell. */
  Optional<byte[]> of(int token) {
    return Optional.ofNullable(byId.get(token)).map(byte[]::clone);
  }

  private static boolean names(JsonNode part, String type) {
    if (part.path("type").asString("").equals(type)) {
      return true;
    }
    for (JsonNode inner : part.path("decoders").values()) {
      if (names(inner, type)) {
        return true;
      }
    }
    return false;
  }

  private static byte[] byTable(String spelled, Map<Character, Byte> table) {
    byte[] bytes = new byte[spelled.length()];
    for (int i = 0; i < bytes.length; i++) {
      Byte known = table.get(spelled.charAt(i));
      if (known == null) {
        return spelled.getBytes(StandardCharsets.UTF_8);
      }
      bytes[i] = known;
    }
    return bytes;
  }

  private static byte[] byPiece(String spelled) {
    Matcher single = SINGLE.matcher(spelled);
    return single.matches()
        ? new byte[] {(byte) Integer.parseInt(single.group(1), 16)}
        : spelled.replace('▁', ' ').getBytes(StandardCharsets.UTF_8);
  }

  /** GPT-2's: printable bytes are themselves, the others follow from U+0100 on. */
  private static Map<Character, Byte> table() {
    Map<Character, Byte> table = new HashMap<>();
    int next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
      table.put((char) (printable ? b : next++), (byte) b);
    }
    return table;
  }
}
