package io.compot.chat.jinja;

import io.compot.chat.jinja.Values.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The values of expressions. */
final class Evaluator {

  private final Rendering rendering;

  Evaluator(Rendering rendering) {
    this.rendering = rendering;
  }

  Object value(Expression expression, Scope scope) {
    rendering.budget().step();
    rendering.budget().enter();
    try {
      return evaluate(expression, scope);
    } catch (JinjaException e) {
      throw e.at(line(expression));
    } finally {
      rendering.budget().leave();
    }
  }

  boolean truth(Expression expression, Scope scope) {
    return Types.truth(value(expression, scope));
  }

  private static int line(Expression expression) {
    return switch (expression) {
      case Expression.Name name -> name.line();
      case Expression.Attribute attribute -> attribute.line();
      case Expression.Item item -> item.line();
      case Expression.Slice slice -> slice.line();
      case Expression.Call call -> call.line();
      case Expression.Filtered filter -> filter.line();
      case Expression.Tested test -> test.line();
      case Expression.Unary unary -> unary.line();
      case Expression.Binary binary -> binary.line();
      case Expression.Comparison comparison -> comparison.line();
      case Expression.Conditional conditional -> conditional.line();
      default -> 0;
    };
  }

  private Object evaluate(Expression expression, Scope scope) {
    return switch (expression) {
      case Expression.Constant(Object value) -> value;
      case Expression.Name name -> scope.get(name.name());
      case Expression.ListOf(List<Expression> items) -> values(items, scope);
      case Expression.TupleOf(List<Expression> items) -> new Tuple(values(items, scope));
      case Expression.DictOf dict -> dict(dict, scope);
      case Expression.Attribute attribute ->
          Lookup.attribute(value(attribute.of(), scope), attribute.name(), rendering.budget());
      case Expression.Item item ->
          Lookup.item(value(item.of(), scope), value(item.key(), scope), rendering.budget());
      case Expression.Slice(Expression.Constant(Object of), _, _, _, _) when !Types.isString(of) ->
          Undefined.of(of, "slice"); // Jinja looks into constants while it compiles
      case Expression.Slice slice ->
          Lookup.slice(
              value(slice.of(), scope),
              optional(slice.from(), scope),
              optional(slice.to(), scope),
              optional(slice.step(), scope),
              rendering.budget());
      case Expression.Call call ->
          call(value(call.function(), scope), arguments(call.arguments(), scope));
      case Expression.Filtered filter ->
          Filters.call(filter.name(), rendering, applied(filter.of(), filter.arguments(), scope));
      case Expression.Tested test ->
          Tests.call(test.name(), rendering, applied(test.of(), test.arguments(), scope));
      case Expression.Unary unary ->
          rendering.arithmetic().unary(unary.operator(), value(unary.of(), scope));
      case Expression.Not(Expression of) -> !truth(of, scope);
      case Expression.Binary binary ->
          rendering
              .arithmetic()
              .binary(binary.operator(), value(binary.left(), scope), value(binary.right(), scope));
      case Expression.Concatenation(List<Expression> parts) -> {
        var text = new StringBuilder();
        parts.forEach(part -> text.append(rendering.str(value(part, scope))));
        yield rendering.budget().text(text.toString());
      }
      case Expression.Comparison comparison -> compare(comparison, scope);
      case Expression.And(Expression left, Expression right) -> {
        Object first = value(left, scope);
        yield Types.truth(first) ? value(right, scope) : first;
      }
      case Expression.Or(Expression left, Expression right) -> {
        Object first = value(left, scope);
        yield Types.truth(first) ? first : value(right, scope);
      }
      case Expression.Conditional conditional -> {
        if (truth(conditional.condition(), scope)) {
          yield value(conditional.then(), scope);
        }
        yield conditional.otherwise() == null
            ? Undefined.because("the inline if-expression was false and has no else")
            : value(conditional.otherwise(), scope);
      }
    };
  }

  private @Nullable Object optional(@Nullable Expression expression, Scope scope) {
    return expression == null ? null : value(expression, scope);
  }

  private List<Object> values(List<Expression> expressions, Scope scope) {
    rendering.budget().made(8L * expressions.size());
    var values = new ArrayList<>(expressions.size());
    expressions.forEach(expression -> values.add(value(expression, scope)));
    return values;
  }

  private Dict dict(Expression.DictOf literal, Scope scope) {
    var dict = new Dict();
    for (int i = 0; i < literal.keys().size(); i++) {
      dict.put(value(literal.keys().get(i), scope), value(literal.values().get(i), scope));
    }
    return dict;
  }

  private boolean compare(Expression.Comparison comparison, Scope scope) {
    Object left = value(comparison.first(), scope);
    for (int i = 0; i < comparison.operators().size(); i++) {
      Object right = value(comparison.rest().get(i), scope);
      if (!rendering.comparison().holds(comparison.operators().get(i), left, right)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private Arguments applied(Expression of, Expression.CallArguments arguments, Scope scope) {
    return arguments(arguments, scope).behind(value(of, scope));
  }

  /** Calls a function, whatever else stands there being an error. */
  Object call(Object function, Arguments arguments) {
    return switch (function) {
      case Function callable -> callable.call(arguments);
      case Loop loop -> loop.call(arguments);
      case Undefined missing -> throw missing.error();
      default ->
          throw JinjaException.operation("'%s' object is not callable", Types.name(function));
    };
  }

  Arguments arguments(Expression.CallArguments arguments, Scope scope) {
    List<Object> positional = values(arguments.positional(), scope);
    if (arguments.starred() != null) {
      positional.addAll(Iteration.list(value(arguments.starred(), scope), rendering.budget()));
    }
    if (arguments.names().isEmpty() && arguments.doubleStarred() == null) {
      return new Arguments(positional, Map.of());
    }
    Map<String, Object> named = new LinkedHashMap<>();
    for (int i = 0; i < arguments.names().size(); i++) {
      named.put(arguments.names().get(i), value(arguments.named().get(i), scope));
    }
    if (arguments.doubleStarred() != null) {
      if (!(value(arguments.doubleStarred(), scope) instanceof Dict more)) {
        throw JinjaException.operation("argument after ** must be a mapping");
      }
      more.entries()
          .forEach(entry -> named.put(Arguments.text(entry.key(), "keywords"), entry.value()));
    }
    return new Arguments(positional, named);
  }
}
