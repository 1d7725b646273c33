package io.compot.evaluation.speech;

import io.compot.error.UsageException;
import java.util.Locale;

/**
 * Takes out of a text what does not count as an error, as Whisper's evaluation does (Radford et
 * al., arXiv 2212.04356, appendix C).
 */
public enum TextNormaliser {
  /** Contractions, titles, numbers and spellings of English are made alike, too. */
  ENGLISH {
    @Override
    public String normalise(String text) {
      return EnglishText.normalise(text);
    }
  },

  /** Case, punctuation and what stands in brackets, of any language. */
  BASIC {
    @Override
    public String normalise(String text) {
      return BasicText.normalise(text, false, false);
    }
  },

  /** The text as it is. */
  NONE {
    @Override
    public String normalise(String text) {
      return text;
    }
  };

  /** The text that is compared. */
  public abstract String normalise(String text);

  /** As a command names it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The one of a name. */
  public static TextNormaliser named(String name) throws UsageException {
    for (TextNormaliser each : values()) {
      if (each.word().equals(name)) {
        return each;
      }
    }
    throw new UsageException(
        "normaliser \"%s\" is not known; known are english, basic, none".formatted(name));
  }
}
