package io.compot.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a file of an image is, by what it begins with. */
enum ImageFormat {
  PNG,
  JPEG,
  WEBP;

  private static final byte[] PNG_MAGIC = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  private static final int JPEG_COLOURS = 9;
  private static final int FOUR = 4;

  static Optional<ImageFormat> of(byte[] bytes) {
    if (bytes.length > PNG_MAGIC.length
        && Arrays.equals(bytes, 0, PNG_MAGIC.length, PNG_MAGIC, 0, PNG_MAGIC.length)) {
      return Optional.of(PNG);
    }
    if (bytes.length > 3 && at(bytes, 0) == 0xFF && at(bytes, 1) == 0xD8 && at(bytes, 2) == 0xFF) {
      return Optional.of(JPEG);
    }
    if (text(bytes, 0, 4).equals("RIFF") && text(bytes, 8, 4).equals("WEBP")) {
      return Optional.of(WEBP);
    }
    return Optional.empty();
  }

  /** Whether it has several pictures, one after the other. */
  boolean moves(byte[] bytes) {
    return switch (this) {
      case PNG -> animatedPng(bytes);
      case WEBP -> text(bytes, 12, 4).equals("VP8X") && (at(bytes, 20) & 2) != 0;
      case JPEG -> false;
    };
  }

  private static boolean animatedPng(byte[] bytes) {
    long at = PNG_MAGIC.length;
    while (at + 12 <= bytes.length) {
      String type = text(bytes, (int) at + 4, 4);
      if (type.equals("acTL")) {
        return true;
      }
      if (type.equals("IDAT")) {
        return false;
      }
      at += 12L + (number(bytes, (int) at) & 0xFFFF_FFFFL);
    }
    return false;
  }

  /** Whether a reader's warning is of something that is missing. */
  boolean fatal(String warning) {
    String text = warning.toLowerCase(Locale.ROOT);
    return this != JPEG || text.contains("premature") || text.contains("corrupt");
  }

  /** Whether the reader gives four colours of print, which it does not convert. */
  boolean unconverted(byte[] bytes) {
    return this == JPEG && colours(bytes) == FOUR;
  }

  /** Colours of a JPEG, by its frame header; 0 where it has none. */
  static int colours(byte[] bytes) {
    int at = 2;
    while (at + JPEG_COLOURS < bytes.length && at(bytes, at) == 0xFF) {
      int marker = at(bytes, at + 1);
      boolean frame =
          marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
      if (frame) {
        return at(bytes, at + JPEG_COLOURS);
      }
      at += marker == 0xFF ? 1 : 2 + ((at(bytes, at + 2) << 8) | at(bytes, at + 3));
    }
    return 0;
  }

  /** What a JPEG's Adobe marker says of its colours; -1 where it has none. */
  static int adobe(byte[] bytes) {
    int at = 2;
    while (at + 15 < bytes.length && at(bytes, at) == 0xFF && at(bytes, at + 1) != 0xDA) {
      if (at(bytes, at + 1) == 0xEE && text(bytes, at + 4, 5).equals("Adobe")) {
        return at(bytes, at + 15);
      }
      at += at(bytes, at + 1) == 0xFF ? 1 : 2 + ((at(bytes, at + 2) << 8) | at(bytes, at + 3));
    }
    return -1;
  }

  private static int at(byte[] bytes, int at) {
    return at < bytes.length ? bytes[at] & 0xFF : 0;
  }

  private static int number(byte[] bytes, int at) {
    return (at(bytes, at) << 24)
        | (at(bytes, at + 1) << 16)
        | (at(bytes, at + 2) << 8)
        | at(bytes, at + 3);
  }

  private static String text(byte[] bytes, int at, int length) {
    return at + length > bytes.length
        ? ""
        : new String(bytes, at, length, StandardCharsets.ISO_8859_1);
  }
}
