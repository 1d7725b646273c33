package io.compot.chat.jinja;

import java.util.Set;

/**
 * A piece of a template.
 *
 * @param text for data and strings their text, for names, numbers and operators as written
 * @param line where it begins, from 1
 */
record Token(Kind type, String text, int line) {

  enum Kind {
    DATA("text"),
    VARIABLE_BEGIN("'{{'"),
    VARIABLE_END("end of print statement"),
    BLOCK_BEGIN("'{%'"),
    BLOCK_END("end of statement block"),
    NAME("a name"),
    STRING("a string"),
    INTEGER("an integer"),
    FLOAT("a float"),
    OPERATOR("an operator"),
    END("end of template");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  boolean is(String operator) {
    return type == Kind.OPERATOR && text.equals(operator);
  }

  boolean isName(String name) {
    return type == Kind.NAME && text.equals(name);
  }

  boolean isName(Set<String> names) {
    return type == Kind.NAME && names.contains(text);
  }

  /** For messages. */
  String described() {
    return switch (type) {
      case NAME, INTEGER, FLOAT, OPERATOR -> "'" + text + "'";
      default -> type.words;
    };
  }
}
