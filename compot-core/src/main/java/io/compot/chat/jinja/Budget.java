package io.compot.chat.jinja;

/** Counts what one rendering uses and ends it where that is more than its limits. */
final class Budget {

  private final Limits limits;
  private long work;
  private int depth;

  Budget(Limits limits) {
    this.limits = limits;
  }

  /** One step: a statement, an expression, an element looked at. */
  void step() {
    made(1);
  }

  /** So many characters or elements are about to be made. */
  void made(long units) {
    work += Math.max(0, units);
    if (work > limits.work() || work < 0) {
      throw limit("the template does more than %d steps".formatted(limits.work()));
    }
  }

  /** A text of so many characters is about to be made. */
  String text(String made) {
    made(made.length());
    return made;
  }

  /** Called before something nested, with {@link #leave} after it. */
  void enter() {
    depth++;
    if (depth > limits.depth()) {
      throw limit(
          "something in the template is nested more than %d deep".formatted(limits.depth()));
    }
  }

  void leave() {
    depth--;
  }

  /** The result has so many characters by now. */
  void output(long characters) {
    if (characters > limits.output()) {
      throw limit("the template writes more than %d characters".formatted(limits.output()));
    }
  }

  static JinjaException limit(String message) {
    return new JinjaException(JinjaException.Kind.LIMIT, message);
  }
}
