package io.compot.chat.jinja;

import io.compot.chat.jinja.Statement.Branch;
import io.compot.chat.jinja.Statement.MacroCode;
import io.compot.chat.jinja.Statement.Target;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Refuses unknown filters and tests before anything is rendered, as Jinja's compiler does: all but
 * those directly inside a condition's branches, which may never be reached.
 */
final class Checker {

  private Checker() {}

  static void check(List<Statement> statements) {
    body(statements, false);
  }

  /** Whether a target names this variable. */
  static boolean assigns(Target target, String name) {
    return switch (target) {
      case Target.Variable(String variable) -> variable.equals(name);
      case Target.NamespaceField _ -> false;
      case Target.Several(List<Target> parts) ->
          parts.stream().anyMatch(part -> assigns(part, name));
    };
  }

  private static void body(List<Statement> statements, boolean soft) {
    for (Statement statement : statements) {
      switch (statement) {
        case Statement.Text _,
            Statement.Break _,
            Statement.Continue _,
            Statement.Unavailable _ -> {}
        case Statement.Print print -> check(print.value(), soft);
        case Statement.If(List<Branch> branches) -> {
          for (Branch branch : branches) {
            check(branch.condition(), true);
            body(branch.body(), true);
          }
        }
        case Statement.For loop -> {
          check(loop.items(), soft);
          check(loop.condition(), false);
          body(loop.body(), false);
          body(loop.otherwise(), false);
        }
        case Statement.Set set -> check(set.value(), soft);
        case Statement.Capture capture -> {
          check(capture.filters(), soft);
          body(capture.body(), false);
        }
        case Statement.FilterBlock filter -> {
          check(filter.filters(), false);
          body(filter.body(), false);
        }
        case Statement.MacroDefinition(MacroCode code) -> macro(code);
        case Statement.CallBlock call -> {
          check(call.call(), soft);
          macro(call.caller());
        }
        case Statement.With with -> {
          with.values().forEach(value -> check(value, soft));
          body(with.body(), false);
        }
        case Statement.Block block -> body(block.body(), false);
      }
    }
  }

  private static void macro(MacroCode code) {
    code.defaults().forEach(value -> check(value, false));
    body(code.body(), false);
  }

  private static void check(@Nullable Expression expression, boolean soft) {
    switch (expression) {
      case null -> {}
      case Expression.Constant _, Expression.Name _ -> {}
      case Expression.ListOf(List<Expression> items) -> all(items, soft);
      case Expression.TupleOf(List<Expression> items) -> all(items, soft);
      case Expression.DictOf dict -> {
        all(dict.keys(), soft);
        all(dict.values(), soft);
      }
      case Expression.Attribute attribute -> check(attribute.of(), soft);
      case Expression.Item item -> {
        check(item.of(), soft);
        check(item.key(), soft);
      }
      case Expression.Slice slice -> {
        check(slice.of(), soft);
        check(slice.from(), soft);
        check(slice.to(), soft);
        check(slice.step(), soft);
      }
      case Expression.Call call -> {
        check(call.function(), soft);
        arguments(call.arguments(), soft);
      }
      case Expression.Filtered filter -> {
        if (!soft && !Filters.known(filter.name())) {
          throw unknown("filter", filter.name(), filter.line());
        }
        check(filter.of(), soft);
        arguments(filter.arguments(), soft);
      }
      case Expression.Tested test -> {
        if (!soft && !Tests.known(test.name())) {
          throw unknown("test", test.name(), test.line());
        }
        check(test.of(), soft);
        arguments(test.arguments(), soft);
      }
      case Expression.Unary unary -> check(unary.of(), soft);
      case Expression.Not(Expression of) -> check(of, soft);
      case Expression.Binary binary -> {
        check(binary.left(), soft);
        check(binary.right(), soft);
      }
      case Expression.Concatenation(List<Expression> parts) -> all(parts, soft);
      case Expression.Comparison comparison -> {
        check(comparison.first(), soft);
        all(comparison.rest(), soft);
      }
      case Expression.And(Expression left, Expression right) -> {
        check(left, soft);
        check(right, soft);
      }
      case Expression.Or(Expression left, Expression right) -> {
        check(left, soft);
        check(right, soft);
      }
      case Expression.Conditional conditional -> {
        check(conditional.condition(), true);
        check(conditional.then(), true);
        check(conditional.otherwise(), true);
      }
    }
  }

  private static void arguments(Expression.CallArguments arguments, boolean soft) {
    all(arguments.positional(), soft);
    all(arguments.named(), soft);
    check(arguments.starred(), soft);
    check(arguments.doubleStarred(), soft);
  }

  private static void all(List<Expression> expressions, boolean soft) {
    expressions.forEach(expression -> check(expression, soft));
  }

  static JinjaException unknown(String what, String name, int line) {
    return new JinjaException(
        JinjaException.Kind.SYNTAX, "there is no %s named '%s'".formatted(what, name), line);
  }
}
