package io.compot.text;

import java.util.List;
import java.util.Map;

/** A value of a YAML file, with the line on which it begins. */
sealed interface YamlNode {

  int line();

  /** In words, for messages. */
  String described();

  /** What a scalar is by YAML's own rules. */
  enum Kind {
    TEXT,
    NUMBER,
    FLAG,
    NOTHING
  }

  /**
   * One word or number.
   *
   * @param written as it stands there, without quotes
   */
  record Scalar(int line, Kind kind, String written) implements YamlNode {
    @Override
    public String described() {
      return switch (kind) {
        case TEXT -> "the text '" + shown(written) + "'";
        case NUMBER -> "the number " + shown(written);
        case FLAG -> shown(written);
        case NOTHING -> "nothing";
      };
    }
  }

  /** A list. */
  record Sequence(int line, List<YamlNode> items) implements YamlNode {
    @Override
    public String described() {
      return "a list";
    }
  }

  /** Keys and values, in the file's order. */
  record Mapping(int line, Map<String, YamlNode> values) implements YamlNode {
    @Override
    public String described() {
      return "keys and values";
    }
  }

  /** Text of the file as messages show it: on one line and not too long. */
  static String shown(String text) {
    int longest = 80;
    String cut = text.length() > longest ? text.substring(0, longest) + "..." : text;
    return cut.replaceAll("\\p{Cntrl}", " ");
  }
}
