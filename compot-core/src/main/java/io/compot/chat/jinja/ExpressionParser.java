package io.compot.chat.jinja;

import io.compot.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Expressions, with Jinja's precedence: {@code if else}, or, and, not, comparisons, {@code + -},
 * {@code ~}, {@code * / // %}, {@code **} (to the left), signs, then filters and tests, which so
 * apply behind a sign but before any other operator.
 */
final class ExpressionParser {

  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  /** Python's own parser gives up about here. */
  private static final int DEEPEST = 100;

  private final TokenStream tokens;
  private final OperandParser operands;
  private final Set<String> names = new HashSet<>();
  private int depth;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
    this.operands = new OperandParser(tokens, this);
  }

  /** Every name that was read so far; a caller may clear it. */
  Set<String> names() {
    return names;
  }

  Expression expression() {
    return expression(true);
  }

  private Expression expression(boolean conditional) {
    if (++depth > DEEPEST) {
      throw tokens.fail("an expression is nested more than " + DEEPEST + " deep");
    }
    try {
      return conditional ? conditional() : or();
    } finally {
      depth--;
    }
  }

  /** Several expressions with commas are a tuple, one is itself. */
  Expression tuple(boolean conditional, String endName) {
    var items = new ArrayList<Expression>();
    boolean several = false;
    while (!atTupleEnd(endName)) {
      items.add(expression(conditional));
      if (!tokens.skipOperator(",")) {
        break;
      }
      several = true;
    }
    if (!several) {
      if (items.isEmpty()) {
        throw tokens.fail("expected an expression, got " + tokens.current().described());
      }
      return items.getFirst();
    }
    return new Expression.TupleOf(List.copyOf(items));
  }

  private boolean atTupleEnd(String endName) {
    Token token = tokens.current();
    return token.type() == Kind.VARIABLE_END
        || token.type() == Kind.BLOCK_END
        || token.is(")")
        || (!endName.isEmpty() && token.isName(endName));
  }

  private Expression conditional() {
    int line = tokens.current().line();
    Expression value = or();
    while (tokens.skipName("if")) {
      Expression condition = or();
      Expression otherwise = tokens.skipName("else") ? expression() : null;
      value = new Expression.Conditional(condition, value, otherwise, line);
    }
    return value;
  }

  private Expression or() {
    Expression left = and();
    while (tokens.skipName("or")) {
      left = new Expression.Or(left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (tokens.skipName("and")) {
      left = new Expression.And(left, not());
    }
    return left;
  }

  private Expression not() {
    int negations = 0;
    while (tokens.skipName("not")) {
      negations++;
    }
    Expression value = comparison();
    for (; negations > 0; negations--) {
      value = new Expression.Not(value);
    }
    return value;
  }

  private Expression comparison() {
    int line = tokens.current().line();
    Expression first = sum();
    var operators = new ArrayList<String>();
    var rest = new ArrayList<Expression>();
    while (true) {
      if (tokens.current().type() == Kind.OPERATOR
          && COMPARISONS.contains(tokens.current().text())) {
        operators.add(tokens.next().text());
      } else if (tokens.skipName("in")) {
        operators.add("in");
      } else if (tokens.current().isName("not") && tokens.following().isName("in")) {
        tokens.next();
        tokens.next();
        operators.add("not in");
      } else {
        break;
      }
      rest.add(sum());
    }
    return rest.isEmpty() ? first : new Expression.Comparison(first, operators, rest, line);
  }

  private Expression sum() {
    Expression left = concatenation();
    while (tokens.current().is("+") || tokens.current().is("-")) {
      Token operator = tokens.next();
      left = new Expression.Binary(operator.text(), left, concatenation(), operator.line());
    }
    return left;
  }

  private Expression concatenation() {
    Expression first = product();
    if (!tokens.current().is("~")) {
      return first;
    }
    var parts = new ArrayList<>(List.of(first));
    while (tokens.skipOperator("~")) {
      parts.add(product());
    }
    return new Expression.Concatenation(parts);
  }

  private Expression product() {
    Expression left = power();
    while (tokens.current().is("*")
        || tokens.current().is("/")
        || tokens.current().is("//")
        || tokens.current().is("%")) {
      Token operator = tokens.next();
      left = new Expression.Binary(operator.text(), left, power(), operator.line());
    }
    return left;
  }

  private Expression power() {
    Expression left = signed(true);
    while (tokens.current().is("**")) {
      Token operator = tokens.next();
      left = new Expression.Binary("**", left, signed(true), operator.line());
    }
    return left;
  }

  private Expression signed(boolean filters) {
    Expression value;
    if (tokens.current().is("-") || tokens.current().is("+")) {
      Token sign = tokens.next();
      if (++depth > DEEPEST) {
        throw tokens.fail("an expression is nested more than " + DEEPEST + " deep");
      }
      value = new Expression.Unary(sign.text().charAt(0), signed(false), sign.line());
      depth--;
    } else {
      value = operands.primary();
    }
    value = operands.postfix(value);
    return filters ? filtered(value) : value;
  }

  private Expression filtered(Expression of) {
    Expression value = of;
    while (true) {
      if (tokens.current().is("|")) {
        value = filters(value);
      } else if (tokens.current().isName("is")) {
        value = test(value);
      } else if (tokens.current().is("(")) {
        value = new Expression.Call(value, arguments(), tokens.current().line());
      } else {
        return value;
      }
    }
  }

  /** {@code |name(...)|name(...)} behind a value, which the first pipe is current for. */
  Expression filters(Expression of) {
    Expression value = of;
    while (tokens.skipOperator("|")) {
      value = filter(value);
    }
    return value;
  }

  /** One filter, whose name is current. */
  Expression filter(Expression of) {
    int line = tokens.current().line();
    String name = dotted();
    var arguments = tokens.current().is("(") ? arguments() : Expression.CallArguments.NONE;
    return new Expression.Filtered(of, name, arguments, line);
  }

  private String dotted() {
    var name = new StringBuilder(tokens.expectName());
    while (tokens.skipOperator(".")) {
      name.append('.').append(tokens.expectName());
    }
    return name.toString();
  }

  private Expression test(Expression of) {
    int line = tokens.next().line();
    boolean negated = tokens.skipName("not");
    String name = dotted();
    var arguments = Expression.CallArguments.NONE;
    Token token = tokens.current();
    if (token.is("(")) {
      arguments = arguments();
    } else if (beginsArgument(token)) {
      if (token.isName("is")) {
        throw tokens.fail("tests cannot be chained with is");
      }
      arguments = Expression.CallArguments.of(List.of(operands.postfix(operands.primary())));
    }
    Expression tested = new Expression.Tested(of, name, arguments, line);
    return negated ? new Expression.Not(tested) : tested;
  }

  private static boolean beginsArgument(Token token) {
    return switch (token.type()) {
      case NAME -> !token.isName(Set.of("else", "or", "and"));
      case STRING, INTEGER, FLOAT -> true;
      case OPERATOR -> token.is("[") || token.is("{");
      default -> false;
    };
  }

  Expression.CallArguments arguments() {
    return new ArgumentParser(tokens, this).arguments();
  }
}
