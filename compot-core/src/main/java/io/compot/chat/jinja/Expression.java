package io.compot.chat.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has a value. Lines count from 1. */
sealed interface Expression {

  record Constant(Object value) implements Expression {}

  record Name(String name, int line) implements Expression {}

  record ListOf(List<Expression> items) implements Expression {}

  record TupleOf(List<Expression> items) implements Expression {}

  record DictOf(List<Expression> keys, List<Expression> values) implements Expression {}

  /** {@code of.name}. */
  record Attribute(Expression of, String name, int line) implements Expression {}

  /** {@code of[key]}. */
  record Item(Expression of, Expression key, int line) implements Expression {}

  /** {@code of[from:to:step]}. */
  record Slice(
      Expression of,
      @Nullable Expression from,
      @Nullable Expression to,
      @Nullable Expression step,
      int line)
      implements Expression {}

  record Call(Expression function, CallArguments arguments, int line) implements Expression {}

  /** {@code of|name(...)}. */
  record Filtered(Expression of, String name, CallArguments arguments, int line)
      implements Expression {}

  /** {@code of is name(...)}. */
  record Tested(Expression of, String name, CallArguments arguments, int line)
      implements Expression {}

  /** {@code -x} or {@code +x}. */
  record Unary(char operator, Expression of, int line) implements Expression {}

  record Not(Expression of) implements Expression {}

  record Binary(String operator, Expression left, Expression right, int line)
      implements Expression {}

  /** {@code a ~ b ~ c}. */
  record Concatenation(List<Expression> parts) implements Expression {}

  /** {@code first < a == b ...}: as many operators as operands behind the first. */
  record Comparison(Expression first, List<String> operators, List<Expression> rest, int line)
      implements Expression {}

  record And(Expression left, Expression right) implements Expression {}

  record Or(Expression left, Expression right) implements Expression {}

  /** {@code then if condition else otherwise}. */
  record Conditional(
      Expression condition, Expression then, @Nullable Expression otherwise, int line)
      implements Expression {}

  /**
   * What stands between the parentheses of a call.
   *
   * @param names one for each of {@code named}
   * @param starred {@code *x}
   * @param doubleStarred {@code **x}
   */
  record CallArguments(
      List<Expression> positional,
      List<String> names,
      List<Expression> named,
      @Nullable Expression starred,
      @Nullable Expression doubleStarred) {

    static final CallArguments NONE = of(List.of());

    static CallArguments of(List<Expression> positional) {
      return new CallArguments(positional, List.of(), List.of(), null, null);
    }
  }
}
