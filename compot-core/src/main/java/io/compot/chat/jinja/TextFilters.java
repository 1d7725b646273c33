package io.compot.chat.jinja;

import static io.compot.chat.jinja.ContainerMethods.given;

import io.compot.chat.jinja.Values.Markup;
import io.compot.chat.jinja.Values.Tuple;
import io.compot.text.PythonSpace;
import java.math.BigInteger;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Filters that make texts. */
final class TextFilters {

  private static final Pattern WORD = Pattern.compile("\\w+", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern WORD_BEGIN =
      Pattern.compile("(?:[-({\\[<]|" + PythonSpace.PATTERN + ")+");

  private TextFilters() {}

  static void register(Map<String, Filters.Filter> filters) {
    method(filters, "upper", "upper");
    method(filters, "lower", "lower");
    method(filters, "capitalize", "capitalize");
    method(filters, "trim", "strip");
    filters.put(
        "title", (rendering, a) -> soft(rendering, a.bind("title", "s")[0], TextFilters::title));
    filters.put(
        "string",
        (rendering, a) -> {
          Object value = given(a.bind("string", "s")[0]);
          return value instanceof Markup ? value : rendering.str(value);
        });
    filters.put(
        "safe", (rendering, a) -> new Markup(rendering.str(given(a.bind("safe", "value")[0]))));
    filters.put("e", TextFilters::escape);
    filters.put("escape", TextFilters::escape);
    filters.put(
        "forceescape",
        (rendering, a) ->
            new Markup(escaped((Object) rendering.str(given(a.bind("forceescape", "value")[0])))));
    filters.put("tojson", (rendering, a) -> JsonText.of(a, rendering.budget()));
    filters.put("replace", TextFilters::replace);
    filters.put("indent", TextFilters::indent);
    filters.put("format", TextFilters::format);
    filters.put(
        "center",
        (rendering, a) -> {
          @Nullable Object[] v = a.bind("center", "value", "width?");
          long width = Arguments.whole(v[1], 80, "width");
          return soft(
              rendering,
              v[0],
              text -> StringMethods.justify(text, "center", width, " ", rendering.budget()));
        });
    filters.put("truncate", TextFilters::truncate);
    filters.put(
        "wordcount",
        (rendering, a) ->
            BigInteger.valueOf(
                WORD.matcher(rendering.str(given(a.bind("wordcount", "s")[0]))).results().count()));
    filters.put(
        "striptags",
        (rendering, a) -> stripTags(rendering.str(given(a.bind("striptags", "value")[0]))));
    filters.put("urlencode", TextFilters::urlEncode);
    filters.put(
        "pprint",
        (rendering, a) -> Repr.repr(given(a.bind("pprint", "value")[0]), rendering.budget()));
  }

  /** A filter that is a method of the value's text, with the same arguments. */
  private static void method(Map<String, Filters.Filter> filters, String name, String method) {
    filters.put(
        name,
        (rendering, a) -> {
          if (a.positional().isEmpty()) {
            throw JinjaException.operation("%s() missing required argument: 's'", name);
          }
          Object value = a.positional().getFirst();
          Object text = value instanceof Markup ? value : rendering.str(value);
          var rest = new Arguments(a.positional().subList(1, a.positional().size()), a.named());
          return ((Function) Lookup.attribute(text, method, rendering.budget())).call(rest);
        });
  }

  /** Of the value's text, marked up where the value was. */
  private static Object soft(
      Rendering rendering, @Nullable Object value, UnaryOperator<String> work) {
    String text = work.apply(rendering.budget().text(rendering.str(given(value))));
    return value instanceof Markup ? new Markup(text) : text;
  }

  private static String title(String text) {
    var out = new StringBuilder();
    Matcher begins = WORD_BEGIN.matcher(text);
    int at = 0;
    while (at < text.length()) {
      boolean found = begins.find(at);
      int end = found ? begins.start() : text.length();
      if (end > at) {
        int first = text.offsetByCodePoints(at, 1);
        out.append(text.substring(at, first).toUpperCase(Locale.ROOT))
            .append(text.substring(first, end).toLowerCase(Locale.ROOT));
      }
      if (!found) {
        break;
      }
      out.append(begins.group());
      at = begins.end();
    }
    return out.toString();
  }

  private static Object escape(Rendering rendering, Arguments a) {
    Object value = given(a.bind("escape", "s")[0]);
    return value instanceof Markup ? value : new Markup(escaped(rendering.str(value)));
  }

  /** As HTML; marked-up text is that already. */
  static String escaped(Object value) {
    return value instanceof Markup(String text)
        ? text
        : ((String) value)
            .replace("&", "&amp;")
            .replace(">", "&gt;")
            .replace("<", "&lt;")
            .replace("'", "&#39;")
            .replace("\"", "&#34;");
  }

  static String escaped(Object value, Budget budget) {
    return value instanceof Markup ? escaped(value) : escaped((Object) Repr.str(value, budget));
  }

  private static Object replace(Rendering rendering, Arguments a) {
    @Nullable Object[] v = a.bind("replace", "s", "old", "new", "count?");
    long count = v[3] == None.NONE ? -1 : Arguments.whole(v[3], -1, "count");
    String text = rendering.budget().text(rendering.str(given(v[0])));
    return StringMethods.replace(
        text, rendering.str(given(v[1])), rendering.str(given(v[2])), count, rendering.budget());
  }

  private static Object indent(Rendering rendering, Arguments a) {
    @Nullable Object[] v = a.bind("indent", "s", "width?", "first?", "blank?");
    String text = Arguments.text(v[0], "indent's text");
    String given = v[1] == null ? null : Types.text(v[1]);
    String indention =
        given != null
            ? given
            : rendering.arithmetic().repeat(" ", Math.max(0, Arguments.whole(v[1], 4, "width")));
    boolean blank = Arguments.flag(v[3]);
    List<Object> lines = Splitting.lines(text + "\n", false, rendering.budget());
    rendering.budget().made(text.length() + (long) indention.length() * lines.size());
    var out = new StringBuilder(Arguments.flag(v[2]) ? indention : "");
    for (int i = 0; i < lines.size(); i++) {
      String line = (String) lines.get(i);
      out.append(i == 0 ? "" : "\n")
          .append(i > 0 && (blank || !line.isEmpty()) ? indention : "")
          .append(line);
    }
    return v[0] instanceof Markup ? new Markup(out.toString()) : out.toString();
  }

  private static Object format(Rendering rendering, Arguments a) {
    Object value = a.positional().getFirst();
    List<Object> rest = a.positional().subList(1, a.positional().size());
    if (!rest.isEmpty() && !a.named().isEmpty()) {
      throw JinjaException.operation(
          "can't handle positional and keyword arguments at the same time");
    }
    var named = new Dict();
    a.named().forEach(named::put);
    Object text = value instanceof Markup ? value : rendering.str(value);
    return new PercentFormat(rendering.budget())
        .format(text, a.named().isEmpty() ? new Tuple(rest) : named);
  }

  private static Object truncate(Rendering rendering, Arguments a) {
    @Nullable Object[] v = a.bind("truncate", "s", "length?", "killwords?", "end?", "leeway?");
    String text = Arguments.text(v[0], "truncate's text");
    String end = v[3] == null ? "..." : Arguments.text(v[3], "end");
    long length = Arguments.whole(v[1], 255, "length");
    long leeway = v[4] == None.NONE ? 5 : Arguments.whole(v[4], 5, "leeway");
    if (length < Types.length(end) || leeway < 0) {
      throw JinjaException.operation("truncate: expected length >= %d", Types.length(end));
    }
    rendering.budget().made(text.length());
    if (Types.length(text) <= length + leeway) {
      return given(v[0]);
    }
    String cut = text.substring(0, text.offsetByCodePoints(0, (int) (length - Types.length(end))));
    int space = cut.lastIndexOf(' ');
    String kept = Arguments.flag(v[2]) || space < 0 ? cut : cut.substring(0, space);
    return v[0] instanceof Markup ? new Markup(kept + escaped((Object) end)) : kept + end;
  }

  private static String stripTags(String text) {
    var out = new StringBuilder();
    int at = 0;
    while (true) {
      int open = text.indexOf('<', at);
      boolean comment = open >= 0 && text.startsWith("<!--", open);
      int close = open < 0 ? -1 : comment ? text.indexOf("-->", open + 4) : text.indexOf('>', open);
      if (close < 0) {
        break;
      }
      out.append(text, at, open);
      at = close + (comment ? 3 : 1);
    }
    List<String> words = new ArrayList<>();
    for (Object word :
        Splitting.split(out + text.substring(at), null, -1, false, new Budget(Limits.defaults()))) {
      words.add((String) word);
    }
    return String.join(" ", words)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#39;", "'")
        .replace("&#34;", "\"")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
  }

  private static Object urlEncode(Rendering rendering, Arguments a) {
    Object value = given(a.bind("urlencode", "value")[0]);
    if (Types.isString(value) || !Types.iterable(value)) {
      return encoded(rendering.str(value)).replace("%2F", "/");
    }
    List<Object> items =
        Iteration.list(
            value instanceof Dict dict
                ? new Values.DictView(Values.DictView.Kind.ITEMS, dict)
                : value,
            rendering.budget());
    var pairs = new ArrayList<String>();
    for (Object item : items) {
      List<Object> pair = Iteration.list(item, rendering.budget());
      if (pair.size() != 2) {
        throw JinjaException.operation("urlencode needs pairs");
      }
      pairs.add(
          encoded(rendering.str(pair.get(0))).replace("%20", "+")
              + "="
              + encoded(rendering.str(pair.get(1))).replace("%20", "+"));
    }
    return String.join("&", pairs);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }
}
