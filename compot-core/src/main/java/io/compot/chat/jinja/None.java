package io.compot.chat.jinja;

/** Python's {@code None}, so that Java's null never is a value. */
enum None {
  NONE;

  @Override
  public String toString() {
    return "None";
  }
}
