package io.compot.chat.jinja;

import static io.compot.chat.jinja.ContainerMethods.given;

import io.compot.chat.jinja.Values.DictView;
import io.compot.chat.jinja.Values.Group;
import io.compot.chat.jinja.Values.Once;
import io.compot.chat.jinja.Values.Tuple;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Filters over lists and dicts as a whole. */
final class SequenceFilters {

  private SequenceFilters() {}

  static void register(Map<String, Filters.Filter> filters) {
    for (String name : List.of("length", "count")) {
      filters.put(name, (_, a) -> BigInteger.valueOf(Types.length(given(a.bind(name, "obj")[0]))));
    }
    for (String name : List.of("default", "d")) {
      filters.put(
          name,
          (_, a) -> {
            @Nullable Object[] v = a.bind(name, "value", "default_value?", "boolean?");
            Object value = given(v[0]);
            boolean replaced =
                value instanceof Undefined || (Arguments.flag(v[2]) && !Types.truth(value));
            return !replaced ? value : v[1] == null ? "" : v[1];
          });
    }
    filters.put(
        "list",
        (rendering, a) -> Iteration.list(given(a.bind("list", "value")[0]), rendering.budget()));
    filters.put("items", SequenceFilters::items);
    filters.put("join", SequenceFilters::join);
    filters.put(
        "first",
        (_, a) -> {
          Iterator<Object> all = Iteration.iterator(given(a.bind("first", "seq")[0]));
          return all.hasNext()
              ? all.next()
              : Undefined.because("No first item, sequence was empty.");
        });
    filters.put(
        "last",
        (rendering, a) -> {
          List<Object> all = reversible(given(a.bind("last", "seq")[0]), rendering);
          return all.isEmpty()
              ? Undefined.because("No last item, sequence was empty.")
              : all.getLast();
        });
    filters.put(
        "random",
        (rendering, a) -> {
          List<Object> all = Iteration.list(given(a.bind("random", "seq")[0]), rendering.budget());
          // A prompt is the same each time: the first is as random as any.
          return all.isEmpty()
              ? Undefined.because("No random item, sequence was empty.")
              : all.getFirst();
        });
    filters.put("reverse", SequenceFilters::reverse);
    filters.put("sort", SequenceFilters::sort);
    filters.put("dictsort", SequenceFilters::dictSort);
    filters.put("unique", SequenceFilters::unique);
    filters.put("batch", SequenceFilters::batch);
    filters.put("slice", SequenceFilters::slice);
    filters.put("groupby", SequenceFilters::groupBy);
  }

  static Object generator(List<Object> items) {
    return new Once("generator", items.iterator());
  }

  private static Object items(Rendering rendering, Arguments a) {
    Object value = given(a.bind("items", "value")[0]);
    if (value instanceof Undefined) {
      return generator(List.of());
    }
    if (!(value instanceof Dict dict)) {
      throw JinjaException.operation("Can only get item pairs from a mapping.");
    }
    return generator(Iteration.list(new DictView(DictView.Kind.ITEMS, dict), rendering.budget()));
  }

  private static Object join(Rendering rendering, Arguments a) {
    @Nullable Object[] v = a.bind("join", "value", "d?", "attribute?");
    var key = AttributeGetter.of(v[2], null, rendering);
    String separator = v[1] == null ? "" : rendering.str(v[1]);
    var out = new StringBuilder();
    boolean first = true;
    for (Iterator<Object> all = Iteration.iterator(given(v[0])); all.hasNext(); first = false) {
      String text = rendering.str(key.apply(all.next()));
      rendering.budget().made(text.length() + (long) separator.length() + 1);
      out.append(first ? "" : separator).append(text);
    }
    return out.toString();
  }

  private static List<Object> reversible(Object value, Rendering rendering) {
    if (value instanceof Once) {
      throw JinjaException.operation("'%s' object is not reversible", Types.name(value));
    }
    return Iteration.list(value, rendering.budget());
  }

  private static Object reverse(Rendering rendering, Arguments a) {
    Object value = given(a.bind("reverse", "value")[0]);
    if (Types.isString(value)) {
      return Lookup.slice(value, null, null, BigInteger.ONE.negate(), rendering.budget());
    }
    List<Object> all = Iteration.list(value, rendering.budget());
    Collections.reverse(all);
    return value instanceof Once ? all : new Once("reversed", all.iterator());
  }

  private static List<Object> sorted(
      List<Object> items, AttributeGetter key, boolean reverse, Rendering rendering) {
    record Keyed(Object key, Object item) {}
    var keyed = new ArrayList<Keyed>();
    items.forEach(item -> keyed.add(new Keyed(key.apply(item), item)));
    Comparator<Keyed> order = (x, y) -> rendering.comparison().order(x.key(), y.key());
    keyed.sort(reverse ? order.reversed() : order);
    return new ArrayList<>(keyed.stream().map(Keyed::item).toList());
  }

  private static Object sort(Rendering rendering, Arguments a) {
    @Nullable Object[] v = a.bind("sort", "value", "reverse?", "case_sensitive?", "attribute?");
    var key = AttributeGetter.several(v[3], !Arguments.flag(v[2]), rendering);
    return sorted(
        Iteration.list(given(v[0]), rendering.budget()), key, Arguments.flag(v[1]), rendering);
  }

  private static Object dictSort(Rendering rendering, Arguments a) {
    @Nullable Object[] v = a.bind("dictsort", "value", "case_sensitive?", "by?", "reverse?");
    String by = v[2] == null ? "key" : rendering.str(v[2]);
    if (!by.equals("key") && !by.equals("value")) {
      throw JinjaException.operation("You can only sort by either \"key\" or \"value\"");
    }
    switch (given(v[0])) {
      case Dict dict -> {
        boolean fold = !Arguments.flag(v[1]);
        int at = by.equals("key") ? 0 : 1;
        AttributeGetter key =
            pair -> {
              Object part = ((Tuple) pair).items().get(at);
              return fold ? AttributeGetter.folded(part) : part;
            };
        List<Object> pairs =
            Iteration.list(new DictView(DictView.Kind.ITEMS, dict), rendering.budget());
        return sorted(pairs, key, Arguments.flag(v[3]), rendering);
      }
      case Undefined missing -> throw missing.error();
      case Object other ->
          throw JinjaException.operation("'%s' object has no attribute 'items'", Types.name(other));
    }
  }

  private static Object unique(Rendering rendering, Arguments a) {
    @Nullable Object[] v = a.bind("unique", "value", "case_sensitive?", "attribute?");
    var key = AttributeGetter.one(v[2], !Arguments.flag(v[1]), null, rendering);
    Set<Object> seen = new HashSet<>();
    var all = new ArrayList<>();
    for (Object item : Iteration.list(given(v[0]), rendering.budget())) {
      if (seen.add(Dict.hashed(key.apply(item)))) {
        all.add(item);
      }
    }
    return generator(all);
  }

  private static Object batch(Rendering rendering, Arguments a) {
    @Nullable Object[] v = a.bind("batch", "value", "linecount", "fill_with?");
    long size = Types.whole(given(v[1]), "linecount");
    var all = new ArrayList<>();
    List<Object> row = new ArrayList<>();
    for (Object item : Iteration.list(given(v[0]), rendering.budget())) {
      if (row.size() == size) {
        all.add(row);
        row = new ArrayList<>();
      }
      row.add(item);
    }
    if (!row.isEmpty()) {
      fill(row, v[2], size, rendering);
      all.add(row);
    }
    return generator(all);
  }

  private static void fill(
      List<Object> row, @Nullable Object with, long size, Rendering rendering) {
    while (with != null && with != None.NONE && row.size() < size) {
      rendering.budget().made(8);
      row.add(with);
    }
  }

  private static Object slice(Rendering rendering, Arguments a) {
    @Nullable Object[] v = a.bind("slice", "value", "slices", "fill_with?");
    List<Object> items = Iteration.list(given(v[0]), rendering.budget());
    long slices = Types.whole(given(v[1]), "slices");
    if (slices == 0) {
      throw JinjaException.operation("division by zero");
    }
    var all = new ArrayList<>();
    int at = 0;
    for (long i = 0; i < slices; i++) {
      rendering.budget().made(8);
      boolean larger = i < items.size() % slices;
      int end = at + (int) (items.size() / slices) + (larger ? 1 : 0);
      List<Object> part = new ArrayList<>(items.subList(at, end));
      if (!larger) {
        fill(part, v[2], part.size() + 1L, rendering);
      }
      all.add(part);
      at = end;
    }
    return generator(all);
  }

  private static Object groupBy(Rendering rendering, Arguments a) {
    @Nullable Object[] v = a.bind("groupby", "value", "attribute", "default?", "case_sensitive?");
    var key = AttributeGetter.one(v[1], !Arguments.flag(v[3]), v[2], rendering);
    var shown = AttributeGetter.one(v[1], false, v[2], rendering);
    var groups = new ArrayList<>();
    List<Object> group = new ArrayList<>();
    Object last = None.NONE;
    for (Object item :
        sorted(Iteration.list(given(v[0]), rendering.budget()), key, false, rendering)) {
      Object value = key.apply(item);
      if (group.isEmpty() || !rendering.comparison().equal(last, value)) {
        group = new ArrayList<>();
        groups.add(new Group(shown.apply(item), group));
      }
      group.add(item);
      last = value;
    }
    return groups;
  }
}
