package io.compot.chat.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a template does, piece after piece. */
sealed interface Statement {

  record Text(String text) implements Statement {}

  record Print(Expression value, int line) implements Statement {}

  /** One branch an {@code if} or {@code elif}; the last one's condition may be missing (else). */
  record If(List<Branch> branches) implements Statement {}

  record Branch(@Nullable Expression condition, List<Statement> body, int line) {}

  record For(
      Target target,
      Expression items,
      @Nullable Expression condition,
      boolean recursive,
      List<Statement> body,
      List<Statement> otherwise,
      int line)
      implements Statement {}

  record Set(Target target, Expression value, int line) implements Statement {}

  /** {@code {% set x | filters %}...{% endset %}}; the filters apply to {@link Block#PLACE}. */
  record Capture(Target target, @Nullable Expression filters, List<Statement> body, int line)
      implements Statement {}

  /** {@code {% filter ... %}}. */
  record FilterBlock(Expression filters, List<Statement> body, int line) implements Statement {}

  record MacroDefinition(MacroCode code) implements Statement {}

  /** {@code {% call(...) f() %}}. */
  record CallBlock(Expression.Call call, MacroCode caller, int line) implements Statement {}

  record With(List<Target> targets, List<Expression> values, List<Statement> body, int line)
      implements Statement {}

  /** A body with names of its own: {@code {% generation %}}, {@code {% block %}}. */
  record Block(List<Statement> body) implements Statement {
    /** The name under which filters find the rendered body; no template can spell it. */
    static final String PLACE = "{body}";
  }

  /** A tag that needs other templates: an error where it is reached. */
  record Unavailable(String tag, int line) implements Statement {}

  record Break() implements Statement {}

  record Continue() implements Statement {}

  /**
   * A macro, or what a call block gives to one.
   *
   * @param defaults of the last parameters
   * @param uses which of varargs, kwargs and caller the body names
   */
  record MacroCode(
      String name,
      List<String> parameters,
      List<Expression> defaults,
      List<Statement> body,
      java.util.Set<String> uses,
      int line) {}

  /** What is assigned to. */
  sealed interface Target {

    record Variable(String name) implements Target {}

    record NamespaceField(String namespace, String field) implements Target {}

    record Several(List<Target> parts) implements Target {}
  }
}
