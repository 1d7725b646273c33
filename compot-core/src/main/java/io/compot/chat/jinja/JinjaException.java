package io.compot.chat.jinja;

/**
 * A template that cannot be read or rendered. Unchecked, because expressions are evaluated through
 * many small functions; whoever renders a template catches it.
 */
public final class JinjaException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What went wrong. */
  public enum Kind {
    /** The template is no Jinja, or uses something that this renderer does not have. */
    SYNTAX,
    /** The template itself refuses the conversation, by {@code raise_exception}. */
    REFUSED,
    /** A value that is not there was used. */
    UNDEFINED,
    /** What Python would call a TypeError, ValueError, ZeroDivisionError and so on. */
    OPERATION,
    /** Something that the sandbox forbids. */
    SECURITY,
    /** The template does or makes more than {@link Limits} allow. */
    LIMIT
  }

  private final Kind kind;
  private final int line;

  JinjaException(Kind kind, String message, int line) {
    super(message);
    this.kind = kind;
    this.line = line;
  }

  JinjaException(Kind kind, String message) {
    this(kind, message, 0);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation would be one more library
  static JinjaException operation(String format, Object... values) {
    return new JinjaException(Kind.OPERATION, format.formatted(values));
  }

  /** The same error, with the line that it happened on unless it has one already. */
  JinjaException at(int number) {
    if (line > 0) {
      return this;
    }
    var located = new JinjaException(kind, String.valueOf(getMessage()), number);
    located.setStackTrace(getStackTrace());
    return located;
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }

  /** The template's line, from 1; 0 where it is not known. */
  public int line() {
    return line;
  }
}
