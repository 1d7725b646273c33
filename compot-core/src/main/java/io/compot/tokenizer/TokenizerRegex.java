package io.compot.tokenizer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds regular expressions that could make the native library search without end: it gives up
 * after ten million steps of one match, and ends the whole process with that. Repetitions of what
 * itself varies take exponentially many steps, and each further unbounded repetition in a row
 * multiplies them by the length of the text.
 */
final class TokenizerRegex {

  private static final int LONGEST = 10_000;
  private static final int DEEPEST = 50;
  private static final int MOST_COPIES = 1000;
  private static final int MOST_UNBOUNDED = 2;

  private static final Pattern QUANTIFIER =
      Pattern.compile("(?:[*+?]|\\{(?<min>\\d{0,9})(?<comma>,)?(?<max>\\d{0,9})\\})[?+]?");
  private static final Pattern ESCAPE =
      Pattern.compile("\\\\(?:[pPx]\\{[^}]*\\}|.)", Pattern.DOTALL);
  private static final Pattern OPENING =
      Pattern.compile("\\((?:\\?(?:[imsa-]*[:)]|[=!>]|<[=!]|<\\w+>))?");

  /** What stands between two parentheses, or all of the expression. */
  private static final class Group {
    private boolean varies;
    private int copies = 1;
    private int unbounded;
    private int mostUnbounded;

    private void alternative() {
      varies = true;
      mostUnbounded = unbounded();
      unbounded = 0;
    }

    private int unbounded() {
      return Math.max(unbounded, mostUnbounded);
    }
  }

  private final String regex;
  private final Deque<Group> open = new ArrayDeque<>();
  private int at;

  private TokenizerRegex(String regex) {
    this.regex = regex;
  }

  /** What is wrong with it; null where nothing is. */
  static @Nullable String problem(String regex) {
    return regex.length() > LONGEST
        ? "it is longer than %d characters".formatted(LONGEST)
        : new TokenizerRegex(regex).problem();
  }

  private @Nullable String problem() {
    open.push(new Group());
    while (at < regex.length()) {
      char c = regex.charAt(at);
      Group item = null;
      if (c == '(') {
        Matcher opening = matcher(OPENING);
        if (!opening.lookingAt() || (regex.startsWith("(?", at) && opening.group().equals("("))) {
          return "it has a group of a kind that is not supported";
        }
        at = opening.end();
        if (!opening.group().endsWith(")")) {
          open.push(new Group());
        }
        if (open.size() > DEEPEST) {
          return "its groups are nested too deeply";
        }
        continue;
      } else if (c == '|') {
        open.element().alternative();
        at++;
        continue;
      } else if (c == ')') {
        item = open.pop();
        at++;
        if (open.isEmpty()) {
          return "a parenthesis is closed that was never opened";
        }
      } else if (c == '\\') {
        Matcher escape = matcher(ESCAPE);
        if (!escape.lookingAt() || "gk123456789".indexOf(escape.group().charAt(1)) >= 0) {
          return "it refers to a part of itself, or ends too early";
        }
        at = escape.end();
      } else if (c == '[') {
        if (!skipClass()) {
          return "a bracket is never closed";
        }
      } else {
        at++;
      }
      String problem = quantified(item == null ? new Group() : item);
      if (problem != null) {
        return problem;
      }
    }
    return open.size() == 1 ? null : "a parenthesis is never closed";
  }

  /** Takes an item with its quantifier, if there is one, into the group around it. */
  private @Nullable String quantified(Group item) {
    Group around = open.element();
    Matcher quantifier = matcher(QUANTIFIER);
    if (!quantifier.lookingAt() || quantifier.group().startsWith("{}")) {
      around.varies |= item.varies;
      around.copies = Math.max(around.copies, item.copies);
      around.unbounded += item.unbounded();
      return around.unbounded > MOST_UNBOUNDED ? tooMany() : null;
    }
    String text = quantifier.group();
    at = quantifier.end();
    if (matcher(QUANTIFIER).lookingAt()) {
      return "a repetition is repeated";
    }
    boolean counted = text.startsWith("{");
    String min = counted ? quantifier.group("min") : "";
    String max = counted ? quantifier.group("max") : "";
    boolean fixed = counted && quantifier.group("comma") == null && !text.endsWith("+");
    // In this dialect a plus behind braces repeats once more.
    boolean unbounded =
        text.startsWith("*")
            || text.startsWith("+")
            || (counted
                && (text.endsWith("+") || (quantifier.group("comma") != null && max.isEmpty())));
    int most = Math.max(1, Math.max(number(min), number(max)));
    if (item.varies && (unbounded || most > 1)) {
      return "it repeats a group that itself can match in several ways";
    }
    if ((long) item.copies * most > MOST_COPIES) {
      return "it counts further than %d".formatted(MOST_COPIES);
    }
    around.varies |= item.varies || !fixed;
    around.copies = Math.max(around.copies, item.copies * most);
    around.unbounded += item.unbounded() + (unbounded ? 1 : 0);
    return around.unbounded > MOST_UNBOUNDED ? tooMany() : null;
  }

  private static String tooMany() {
    return "it has more than %d unbounded repetitions in a row".formatted(MOST_UNBOUNDED);
  }

  private static int number(String digits) {
    return digits.isEmpty() ? 0 : Integer.parseInt(digits);
  }

  /** Goes behind a class of characters, which may hold others. */
  private boolean skipClass() {
    int depth = 0;
    while (at < regex.length()) {
      char c = regex.charAt(at++);
      if (c == '\\') {
        at++;
      } else if (c == '[') {
        depth++;
        at += regex.startsWith("^", at) ? 1 : 0;
        at += regex.startsWith("]", at) ? 1 : 0;
      } else if (c == ']' && --depth == 0) {
        return true;
      }
    }
    return false;
  }

  private Matcher matcher(Pattern pattern) {
    return pattern.matcher(regex).region(Math.min(at, regex.length()), regex.length());
  }
}
