package io.compot.chat.jinja;

import static io.compot.chat.jinja.ContainerMethods.given;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Filters that look at each item of a list by another filter or by a test. */
final class SelectionFilters {

  private SelectionFilters() {}

  static void register(Map<String, Filters.Filter> filters) {
    filters.put("map", SelectionFilters::map);
    filters.put("select", (rendering, a) -> select(rendering, a, true, false));
    filters.put("reject", (rendering, a) -> select(rendering, a, false, false));
    filters.put("selectattr", (rendering, a) -> select(rendering, a, true, true));
    filters.put("rejectattr", (rendering, a) -> select(rendering, a, false, true));
    filters.put(
        "attr",
        (rendering, a) -> {
          @Nullable Object[] v = a.bind("attr", "obj", "name");
          Object of = given(v[0]);
          String name = Arguments.text(v[1], "attribute name");
          Object own = Lookup.ownAttribute(of, name, rendering.budget());
          return own != null ? own : Undefined.of(of, name);
        });
  }

  private static Object map(Rendering rendering, Arguments a) {
    Object items = a.positional().getFirst();
    if (!Types.truth(items)) {
      return SequenceFilters.generator(List.of());
    }
    List<Object> rest = a.positional().subList(1, a.positional().size());
    AttributeGetter work;
    if (rest.isEmpty() && a.named().containsKey("attribute")) {
      var others = new LinkedHashMap<>(a.named());
      Object attribute = others.remove("attribute");
      Object otherwise = others.remove("default");
      if (!others.isEmpty()) {
        throw JinjaException.operation(
            "Unexpected keyword argument '%s'", others.keySet().iterator().next());
      }
      work = AttributeGetter.of(attribute, otherwise, rendering);
    } else if (rest.isEmpty()) {
      throw JinjaException.operation("map requires a filter argument");
    } else {
      String name = Arguments.text(rest.getFirst(), "filter name");
      var arguments = new Arguments(rest.subList(1, rest.size()), a.named());
      work = item -> Filters.call(name, rendering, arguments.behind(item));
    }
    Iterator<Object> all = Iteration.iterator(items);
    return new Values.Once(
        "generator",
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return all.hasNext();
          }

          @Override
          public Object next() {
            rendering.budget().step();
            return work.apply(all.next());
          }
        });
  }

  private static Object select(
      Rendering rendering, Arguments a, boolean keep, boolean byAttribute) {
    Object items = a.positional().getFirst();
    if (!Types.truth(items)) {
      return SequenceFilters.generator(List.of());
    }
    List<Object> rest = a.positional().subList(1, a.positional().size());
    AttributeGetter seen = item -> item;
    if (byAttribute) {
      if (rest.isEmpty()) {
        throw JinjaException.operation("Missing parameter for attribute name");
      }
      seen = AttributeGetter.of(rest.getFirst(), null, rendering);
      rest = rest.subList(1, rest.size());
    }
    @Nullable String test = rest.isEmpty() ? null : Arguments.text(rest.getFirst(), "test name");
    var arguments =
        new Arguments(rest.isEmpty() ? List.of() : rest.subList(1, rest.size()), a.named());
    var kept = new ArrayList<>();
    for (Object item : Iteration.list(items, rendering.budget())) {
      Object value = seen.apply(item);
      boolean holds =
          test == null ? Types.truth(value) : Tests.call(test, rendering, arguments.behind(value));
      if (holds == keep) {
        kept.add(item);
      }
    }
    return SequenceFilters.generator(kept);
  }
}
