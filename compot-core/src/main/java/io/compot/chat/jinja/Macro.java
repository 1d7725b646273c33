package io.compot.chat.jinja;

import io.compot.chat.jinja.Statement.MacroCode;
import io.compot.chat.jinja.Values.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A macro with the names that were around it.
 *
 * @param renderer writes the body into a text of its own
 */
record Macro(MacroCode code, Scope around, Renderer renderer) implements Function {

  String name() {
    return code.name();
  }

  @Nullable Object attribute(String name) {
    return switch (name) {
      case "name" -> code.name();
      case "arguments" -> new Tuple(List.copyOf(code.parameters()));
      case "catch_kwargs" -> code.uses().contains("kwargs");
      case "catch_varargs" -> code.uses().contains("varargs");
      case "caller" -> code.uses().contains("caller");
      default -> null;
    };
  }

  @Override
  public Object call(Arguments arguments) {
    Scope scope = around.inner();
    Map<String, Object> named = new LinkedHashMap<>(arguments.named());
    List<Object> positional = arguments.positional();
    List<String> parameters = code.parameters();
    var missing = new ArrayList<Integer>();
    for (int i = 0; i < parameters.size(); i++) {
      Object value = i < positional.size() ? positional.get(i) : named.remove(parameters.get(i));
      if (value == null) {
        missing.add(i);
      } else {
        scope.set(parameters.get(i), value);
      }
    }
    specials(scope, named, positional);
    // Defaults see the parameters in front of them.
    for (int i : missing) {
      int fromDefaults = i - (parameters.size() - code.defaults().size());
      scope.set(
          parameters.get(i),
          fromDefaults >= 0
              ? renderer.evaluator().value(code.defaults().get(fromDefaults), scope)
              : Undefined.because("parameter '" + parameters.get(i) + "' was not provided"));
    }
    return renderer.captured(code.body(), scope);
  }

  private void specials(Scope scope, Map<String, Object> named, List<Object> positional) {
    if (code.uses().contains("caller") && !code.parameters().contains("caller")) {
      Object caller = named.remove("caller");
      scope.set("caller", caller == null ? Undefined.because("No caller defined") : caller);
    }
    if (code.uses().contains("kwargs")) {
      var rest = new Dict();
      named.forEach(rest::put);
      scope.set("kwargs", rest);
    } else if (!named.isEmpty()) {
      throw JinjaException.operation(
          "macro '%s' takes no keyword argument '%s'",
          code.name(), named.keySet().iterator().next());
    }
    int count = code.parameters().size();
    if (code.uses().contains("varargs")) {
      scope.set(
          "varargs",
          new Tuple(
              positional.size() > count
                  ? positional.subList(count, positional.size())
                  : List.of()));
    } else if (positional.size() > count) {
      throw JinjaException.operation(
          "macro '%s' takes not more than %d argument(s)", code.name(), count);
    }
  }
}
