package io.compot.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A template that was read and can be rendered any number of times, by several threads.
 *
 * <p>Values are plain Java: null (None), {@link Boolean}, {@link String}, integers ({@link
 * BigInteger}, {@link Long}, {@link Integer}), {@link Double}, {@link List} and {@link Map} with
 * string keys in the order that templates shall see. Texts among them are data: nothing in them is
 * ever run as a template.
 */
public final class JinjaTemplate {

  private final List<Statement> statements;

  private JinjaTemplate(List<Statement> statements) {
    this.statements = statements;
  }

  /**
   * Reads a template.
   *
   * @throws JinjaException of kind SYNTAX where it is none, with the line
   */
  public static JinjaTemplate parse(String template) {
    try {
      return new JinjaTemplate(Parser.parse(template));
    } catch (StackOverflowError _) {
      throw tooDeep();
    }
  }

  /**
   * The text that the template makes.
   *
   * @param variables by name
   * @param clock what {@code strftime_now} reads
   * @throws JinjaException where the template refuses, fails or exceeds the limits
   */
  public String render(
      Map<String, ? extends @Nullable Object> variables, Clock clock, Limits limits) {
    Rendering rendering = Rendering.of(limits, clock);
    Scope scope = Scope.root(Globals.of(rendering));
    variables.forEach((name, value) -> scope.set(name, imported(value, 0)));
    try {
      String text = new Renderer(rendering).captured(statements, scope.inner());
      rendering.budget().output(text.length());
      return text;
    } catch (StackOverflowError _) {
      throw tooDeep();
    }
  }

  private static JinjaException tooDeep() {
    return Budget.limit("something in the template is nested too deep");
  }

  private static Object imported(@Nullable Object value, int depth) {
    if (depth > 200) {
      throw Budget.limit("the conversation's values are nested more than 200 deep");
    }
    return switch (value) {
      case null -> None.NONE;
      case String text -> text;
      case Boolean flag -> flag;
      case Integer number -> BigInteger.valueOf(number);
      case Long number -> BigInteger.valueOf(number);
      case BigInteger number -> number;
      case Double number -> number;
      case Float number -> number.doubleValue();
      case BigDecimal number -> number.doubleValue();
      case List<?> list -> {
        var items = new ArrayList<>();
        list.forEach(item -> items.add(imported(item, depth + 1)));
        yield items;
      }
      case Map<?, ?> map -> {
        var dict = new Dict();
        map.forEach((key, item) -> dict.put(String.valueOf(key), imported(item, depth + 1)));
        yield dict;
      }
      default -> throw new IllegalArgumentException("no value for a template: " + value.getClass());
    };
  }
}
