package io.compot.chat.jinja;

import io.compot.chat.jinja.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What operators stand between: literals, names, and what hangs on them. */
final class OperandParser {

  private final TokenStream tokens;
  private final ExpressionParser expressions;

  OperandParser(TokenStream tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  /** A name, a literal, or what stands in brackets. */
  Expression primary() {
    Token token = tokens.next();
    return switch (token.type()) {
      case NAME -> named(token);
      case STRING -> {
        var text = new StringBuilder(token.text());
        while (tokens.current().type() == Kind.STRING) {
          text.append(tokens.next().text());
        }
        yield new Expression.Constant(text.toString());
      }
      case INTEGER -> new Expression.Constant(integer(token.text()));
      case FLOAT -> new Expression.Constant(Double.valueOf(token.text()));
      case OPERATOR ->
          switch (token.text()) {
            case "(" -> parenthesised();
            case "[" -> new Expression.ListOf(items("]"));
            case "{" -> dict();
            default -> throw unexpected(token);
          };
      default -> throw unexpected(token);
    };
  }

  private static JinjaException unexpected(Token token) {
    return new JinjaException(
        JinjaException.Kind.SYNTAX, "unexpected " + token.described(), token.line());
  }

  private Expression named(Token token) {
    return switch (token.text()) {
      case "true", "True" -> new Expression.Constant(true);
      case "false", "False" -> new Expression.Constant(false);
      case "none", "None" -> new Expression.Constant(None.NONE);
      default -> {
        expressions.names().add(token.text());
        yield new Expression.Name(token.text(), token.line());
      }
    };
  }

  private static BigInteger integer(String digits) {
    String lower = digits.toLowerCase(Locale.ROOT);
    int radix = lower.startsWith("0x") ? 16 : lower.startsWith("0o") ? 8 : 2;
    return lower.length() > 1 && Character.isLetter(lower.charAt(1))
        ? new BigInteger(lower.substring(2), radix)
        : new BigInteger(lower);
  }

  private Expression parenthesised() {
    Expression value =
        tokens.current().is(")") ? new Expression.TupleOf(List.of()) : expressions.tuple(true, "");
    tokens.expectOperator(")");
    return value;
  }

  private List<Expression> items(String end) {
    var items = new ArrayList<Expression>();
    while (!tokens.current().is(end)) {
      items.add(expressions.expression());
      if (!tokens.current().is(end)) {
        tokens.expectOperator(",");
      }
    }
    tokens.next();
    return List.copyOf(items);
  }

  private Expression dict() {
    var keys = new ArrayList<Expression>();
    var values = new ArrayList<Expression>();
    while (!tokens.current().is("}")) {
      keys.add(expressions.expression());
      tokens.expectOperator(":");
      values.add(expressions.expression());
      if (!tokens.current().is("}")) {
        tokens.expectOperator(",");
      }
    }
    tokens.next();
    return new Expression.DictOf(keys, values);
  }

  /** What hangs on an operand: attributes, items, calls. */
  Expression postfix(Expression of) {
    Expression value = of;
    while (true) {
      if (tokens.current().is(".") || tokens.current().is("[")) {
        value = subscript(value);
      } else if (tokens.current().is("(")) {
        value = new Expression.Call(value, expressions.arguments(), tokens.current().line());
      } else {
        return value;
      }
    }
  }

  private Expression subscript(Expression of) {
    Token token = tokens.next();
    if (token.is(".")) {
      Token name = tokens.next();
      return switch (name.type()) {
        case NAME -> new Expression.Attribute(of, name.text(), name.line());
        case INTEGER ->
            new Expression.Item(of, new Expression.Constant(integer(name.text())), name.line());
        default -> throw unexpected(name);
      };
    }
    var keys = new ArrayList<Expression>();
    Expression slice = null;
    while (!tokens.current().is("]")) {
      @Nullable Expression first = tokens.current().is(":") ? null : expressions.expression();
      if (first != null && !tokens.current().is(":")) {
        keys.add(first);
      } else {
        slice = slice(of, first, token.line());
      }
      if (!tokens.current().is("]")) {
        tokens.expectOperator(",");
      }
    }
    tokens.next();
    if (slice != null) {
      if (!keys.isEmpty()) {
        throw tokens.fail("a slice cannot stand beside other indices");
      }
      return slice;
    }
    return new Expression.Item(
        of, keys.size() == 1 ? keys.getFirst() : new Expression.TupleOf(keys), token.line());
  }

  private Expression slice(Expression of, @Nullable Expression from, int line) {
    tokens.expectOperator(":");
    Expression to = sliceEnd() || tokens.current().is(":") ? null : expressions.expression();
    Expression step = null;
    if (tokens.skipOperator(":") && !sliceEnd()) {
      step = expressions.expression();
    }
    return new Expression.Slice(of, from, to, step, line);
  }

  private boolean sliceEnd() {
    return tokens.current().is("]") || tokens.current().is(",");
  }
}
