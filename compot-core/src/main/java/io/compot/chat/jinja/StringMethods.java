package io.compot.chat.jinja;

import static io.compot.chat.jinja.ContainerMethods.given;

import io.compot.chat.jinja.Values.Tuple;
import io.compot.text.PythonSpace;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Methods of {@code str}. */
final class StringMethods {

  private StringMethods() {}

  static @Nullable Object of(String text, String name, Budget budget) {
    Function method = method(text, name, budget);
    if (method != null) {
      return (Function)
          arguments -> {
            budget.made(text.length());
            return method.call(arguments);
          };
    }
    return switch (name) {
      case "encode", "maketrans", "translate", "format_map", "expandtabs" ->
          (Function)
              _ -> {
                throw JinjaException.operation("str.%s is not available in chat templates", name);
              };
      default -> null;
    };
  }

  private static @Nullable Function method(String text, String name, Budget budget) {
    return switch (name) {
      case "upper" -> plain(name, () -> text.toUpperCase(Locale.ROOT));
      case "lower" -> plain(name, () -> text.toLowerCase(Locale.ROOT));
      case "casefold" -> plain(name, () -> Letters.casefold(text));
      case "capitalize" -> plain(name, () -> Letters.capitalize(text));
      case "title" -> plain(name, () -> Letters.title(text));
      case "swapcase" -> plain(name, () -> Letters.swapcase(text));
      case "isdigit",
          "isdecimal",
          "isnumeric",
          "isalpha",
          "isalnum",
          "isspace",
          "islower",
          "isupper",
          "istitle",
          "isascii",
          "isprintable",
          "isidentifier" ->
          plain(name, () -> Letters.is(name, text));
      case "strip", "lstrip", "rstrip" ->
          arguments -> {
            @Nullable Object chars = arguments.bindUnnamed(name, "chars?")[0];
            return strip(
                text,
                chars == null || chars == None.NONE
                    ? null
                    : Arguments.text(chars, "strip argument"),
                !name.equals("rstrip"),
                !name.equals("lstrip"));
          };
      case "split", "rsplit" ->
          arguments -> {
            @Nullable Object[] given = arguments.bind(name, "sep?", "maxsplit?");
            long most = Arguments.whole(given[1], -1, "maxsplit");
            @Nullable String sep =
                given[0] == null || given[0] == None.NONE
                    ? null
                    : Arguments.text(given[0], "separator");
            return Splitting.split(text, sep, most, name.equals("rsplit"), budget);
          };
      case "splitlines" ->
          arguments ->
              Splitting.lines(text, Arguments.flag(arguments.bind(name, "keepends?")[0]), budget);
      case "partition", "rpartition" ->
          arguments -> {
            String sep = Arguments.text(arguments.bindUnnamed(name, "sep")[0], "separator");
            return Splitting.partition(text, sep, name.equals("rpartition"));
          };
      case "startswith", "endswith" -> arguments -> affix(text, name, arguments);
      case "removeprefix" ->
          arguments -> {
            String prefix = Arguments.text(arguments.bindUnnamed(name, "prefix")[0], "prefix");
            return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
          };
      case "removesuffix" ->
          arguments -> {
            String suffix = Arguments.text(arguments.bindUnnamed(name, "suffix")[0], "suffix");
            return text.endsWith(suffix)
                ? text.substring(0, text.length() - suffix.length())
                : text;
          };
      case "replace" ->
          arguments -> {
            @Nullable Object[] given = arguments.bindUnnamed(name, "old", "new", "count?");
            return replace(
                text,
                Arguments.text(given[0], "replace() argument 1"),
                Arguments.text(given[1], "replace() argument 2"),
                Arguments.whole(given[2], -1, "count"),
                budget);
          };
      case "find", "rfind", "index", "rindex", "count" ->
          arguments -> search(text, name, arguments);
      case "join" ->
          arguments -> join(text, given(arguments.bindUnnamed(name, "iterable")[0]), budget);
      case "format" -> arguments -> new BraceFormat(arguments, budget).format(text);
      case "center", "ljust", "rjust" ->
          arguments -> {
            @Nullable Object[] given = arguments.bindUnnamed(name, "width", "fillchar?");
            String fill = given[1] == null ? " " : Arguments.text(given[1], "fill character");
            return justify(text, name, Types.whole(given(given[0]), "width"), fill, budget);
          };
      case "zfill" ->
          arguments -> {
            long width = Types.whole(given(arguments.bindUnnamed(name, "width")[0]), "width");
            int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
            return text.substring(0, sign)
                + new Arithmetic(budget).repeat("0", Math.max(0, width - Types.length(text)))
                + text.substring(sign);
          };
      default -> null;
    };
  }

  private static Function plain(String name, Supplier<Object> result) {
    return arguments -> {
      arguments.bindUnnamed(name);
      return result.get();
    };
  }

  /**
   * {@code strip}, {@code lstrip}, {@code rstrip}.
   *
   * @param chars what to take away; null: white space
   */
  static String strip(String text, @Nullable String chars, boolean left, boolean right) {
    int begin = 0;
    int end = text.length();
    while (left && begin < end && strips(text.codePointAt(begin), chars)) {
      begin += Character.charCount(text.codePointAt(begin));
    }
    while (right && end > begin && strips(text.codePointBefore(end), chars)) {
      end -= Character.charCount(text.codePointBefore(end));
    }
    return text.substring(begin, end);
  }

  private static boolean strips(int c, @Nullable String chars) {
    return chars == null ? PythonSpace.is(c) : chars.indexOf(c) >= 0;
  }

  private static boolean affix(String text, String name, Arguments arguments) {
    @Nullable Object[] given = arguments.bindUnnamed(name, "affix", "start?", "end?");
    int[] window = window(text, given[1], given[2]);
    if (window[0] > window[1]) {
      return false;
    }
    String part = text.substring(window[0], window[1]);
    Object affix = given(given[0]);
    List<Object> all = affix instanceof Tuple(List<Object> items) ? items : List.of(affix);
    boolean found = false;
    for (Object one : all) {
      String wanted = Arguments.text(one, name + " first arg");
      found |= name.equals("startswith") ? part.startsWith(wanted) : part.endsWith(wanted);
    }
    return found;
  }

  static String replace(String text, String old, String by, long count, Budget budget) {
    if (old.isEmpty() || count >= 0) {
      var out = new StringBuilder();
      long left = count < 0 ? Long.MAX_VALUE : count;
      int at = 0;
      while (left > 0) {
        int found = text.indexOf(old, at);
        if (found < 0) {
          break;
        }
        out.append(text, at, found).append(by);
        budget.made(by.length() + 1L);
        left--;
        at = found + old.length();
        if (old.isEmpty()) {
          if (found >= text.length()) {
            return out.toString();
          }
          int next = text.offsetByCodePoints(found, 1);
          out.append(text, found, next);
          at = next;
        }
      }
      return out.append(text.substring(at)).toString();
    }
    long times = Splitting.count(text, old);
    budget.made(text.length() + times * by.length());
    return text.replace(old, by);
  }

  private static Object search(String text, String name, Arguments arguments) {
    @Nullable Object[] given = arguments.bindUnnamed(name, "sub", "start?", "end?");
    String wanted = Arguments.text(given[0], "must be str");
    int[] window = window(text, given[1], given[2]);
    String part = window[0] > window[1] ? "" : text.substring(window[0], window[1]);
    boolean outside = window[0] > window[1];
    if (name.equals("count")) {
      return BigInteger.valueOf(outside ? 0 : Splitting.count(part, wanted));
    }
    int at = outside ? -1 : name.startsWith("r") ? part.lastIndexOf(wanted) : part.indexOf(wanted);
    if (at < 0 && name.endsWith("index")) {
      throw JinjaException.operation("substring not found");
    }
    return BigInteger.valueOf(at < 0 ? -1 : text.codePointCount(0, window[0] + at));
  }

  /** Where {@code text[start:end]} begins and ends, in chars; begin may lie behind the end. */
  private static int[] window(String text, @Nullable Object start, @Nullable Object end) {
    int size = text.codePointCount(0, text.length());
    long from = start == null || start == None.NONE ? 0 : Types.whole(start, "start");
    long to = end == null || end == None.NONE ? size : Types.whole(end, "end");
    from = Math.max(0, from < 0 ? from + size : from);
    to = Math.clamp(to < 0 ? to + size : to, 0, size);
    return from > size
        ? new int[] {1, 0}
        : new int[] {text.offsetByCodePoints(0, (int) from), text.offsetByCodePoints(0, (int) to)};
  }

  private static String join(String separator, Object items, Budget budget) {
    var parts = new ArrayList<String>();
    for (Object item : Iteration.list(items, budget)) {
      String part = Types.text(item);
      if (part == null) {
        throw JinjaException.operation(
            "sequence item %d: expected str instance, %s found", parts.size(), Types.name(item));
      }
      budget.made(part.length() + (long) separator.length());
      parts.add(part);
    }
    return String.join(separator, parts);
  }

  static String justify(String text, String how, long width, String fill, Budget budget) {
    if (Types.length(fill) != 1) {
      throw JinjaException.operation("the fill character must be exactly one character long");
    }
    long missing = Math.max(0, width - Types.length(text));
    var arithmetic = new Arithmetic(budget);
    // Python's center puts the odd blank to the left where the width is odd.
    long left =
        switch (how) {
          case "ljust" -> 0;
          case "rjust" -> missing;
          default -> missing / 2 + (missing & width & 1);
        };
    return arithmetic.repeat(fill, left) + text + arithmetic.repeat(fill, missing - left);
  }
}
