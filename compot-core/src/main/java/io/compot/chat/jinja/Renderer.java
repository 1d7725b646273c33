package io.compot.chat.jinja;

import io.compot.chat.jinja.Statement.Branch;
import io.compot.chat.jinja.Statement.MacroCode;
import io.compot.chat.jinja.Statement.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs statements; what they print is gathered in a text. */
final class Renderer {

  /** How a list of statements ended. */
  private enum End {
    NORMAL,
    BREAK,
    CONTINUE
  }

  private final Rendering rendering;
  private final Evaluator evaluator;
  private StringBuilder out = new StringBuilder();

  Renderer(Rendering rendering) {
    this.rendering = rendering;
    this.evaluator = new Evaluator(rendering);
  }

  Evaluator evaluator() {
    return evaluator;
  }

  /** What statements print, as a text of its own. */
  String captured(List<Statement> body, Scope scope) {
    StringBuilder outside = out;
    out = new StringBuilder();
    rendering.budget().enter();
    try {
      run(body, scope);
      return out.toString();
    } finally {
      out = outside;
      rendering.budget().leave();
    }
  }

  private End run(List<Statement> body, Scope scope) {
    for (Statement statement : body) {
      End end = run(statement, scope);
      if (end != End.NORMAL) {
        return end;
      }
    }
    return End.NORMAL;
  }

  private End run(Statement statement, Scope scope) {
    rendering.budget().step();
    switch (statement) {
      case Statement.Text(String text) -> print(text);
      case Statement.Print print -> print(rendering.str(evaluator.value(print.value(), scope)));
      case Statement.If(List<Branch> branches) -> {
        for (Branch branch : branches) {
          if (branch.condition() == null || evaluator.truth(branch.condition(), scope)) {
            return nested(branch.body(), scope);
          }
        }
      }
      case Statement.For loop -> loop(loop, evaluator.value(loop.items(), scope), 0, scope);
      case Statement.Set set -> assign(set.target(), evaluator.value(set.value(), scope), scope);
      case Statement.Capture capture -> {
        Object value = captured(capture.body(), scope.inner());
        if (capture.filters() != null) {
          Scope place = scope.inner();
          place.set(Statement.Block.PLACE, value);
          value = evaluator.value(capture.filters(), place);
        }
        assign(capture.target(), value, scope);
      }
      case Statement.FilterBlock filter -> {
        Scope inner = scope.inner();
        inner.set(Statement.Block.PLACE, captured(filter.body(), inner));
        print(rendering.str(evaluator.value(filter.filters(), inner)));
      }
      case Statement.MacroDefinition(MacroCode code) ->
          scope.set(code.name(), new Macro(code, scope, this));
      case Statement.CallBlock call -> print(rendering.str(callBlock(call, scope)));
      case Statement.With with -> {
        Scope inner = scope.inner();
        for (int i = 0; i < with.targets().size(); i++) {
          assign(with.targets().get(i), evaluator.value(with.values().get(i), scope), inner);
        }
        return nested(with.body(), inner);
      }
      case Statement.Block(List<Statement> body) -> {
        return nested(body, scope.inner());
      }
      case Statement.Unavailable(String tag, int line) ->
          throw JinjaException.operation("'%s' is not available in chat templates", tag).at(line);
      case Statement.Break _ -> {
        return End.BREAK;
      }
      case Statement.Continue _ -> {
        return End.CONTINUE;
      }
    }
    return End.NORMAL;
  }

  private End nested(List<Statement> body, Scope scope) {
    rendering.budget().enter();
    End end = run(body, scope);
    rendering.budget().leave();
    return end;
  }

  private void print(String text) {
    rendering.budget().made(text.length());
    rendering.budget().output((long) out.length() + text.length());
    out.append(text);
  }

  private Object callBlock(Statement.CallBlock block, Scope scope) {
    Object function = evaluator.value(block.call().function(), scope);
    Arguments arguments = evaluator.arguments(block.call().arguments(), scope);
    Map<String, Object> named = new LinkedHashMap<>(arguments.named());
    named.put("caller", new Macro(block.caller(), scope, this));
    return evaluator.call(function, new Arguments(arguments.positional(), named));
  }

  private void loop(Statement.For statement, Object source, int depth, Scope scope) {
    List<Object> items = items(statement, source, scope);
    Function recursion =
        !statement.recursive()
            ? null
            : arguments -> {
              Object more = ContainerMethods.given(arguments.bind("loop", "iterable")[0]);
              StringBuilder outside = out;
              out = new StringBuilder();
              try {
                loop(statement, more, depth + 1, scope);
                return out.toString();
              } finally {
                out = outside;
              }
            };
    var loop = new Loop(items, depth, rendering.comparison(), recursion);
    rendering.budget().enter();
    boolean completed = false;
    for (Object item : items) {
      rendering.budget().step();
      loop.advance();
      Scope inner = scope.inner();
      assign(statement.target(), item, inner);
      inner.set("loop", loop);
      End end = run(statement.body(), inner);
      completed |= end == End.NORMAL;
      if (end == End.BREAK) {
        break;
      }
    }
    if (!completed) { // as Jinja does: also where each run was broken off
      run(statement.otherwise(), scope.inner());
    }
    rendering.budget().leave();
  }

  /** The items that pass the loop's condition, all of them before the first is shown. */
  private List<Object> items(Statement.For statement, Object source, Scope scope) {
    List<Object> all = Iteration.list(source, rendering.budget());
    if (statement.condition() == null) {
      return all;
    }
    var kept = new ArrayList<>();
    for (Object item : all) {
      Scope inner = scope.inner();
      assign(statement.target(), item, inner);
      if (evaluator.truth(statement.condition(), inner)) {
        kept.add(item);
      }
    }
    return kept;
  }

  private void assign(Target target, Object value, Scope scope) {
    switch (target) {
      case Target.Variable(String name) -> scope.set(name, value);
      case Target.NamespaceField(String name, String field) -> {
        if (!(scope.get(name) instanceof Values.Namespace(var fields))) {
          throw JinjaException.operation("cannot assign attribute on non-namespace object");
        }
        Globals.checkField(field);
        fields.put(field, value);
      }
      case Target.Several(List<Target> parts) -> {
        List<Object> values = Iteration.list(value, rendering.budget());
        if (values.size() != parts.size()) {
          throw JinjaException.operation(
              "%d values to unpack, expected %d", values.size(), parts.size());
        }
        for (int i = 0; i < parts.size(); i++) {
          assign(parts.get(i), values.get(i), scope);
        }
      }
    }
  }
}
