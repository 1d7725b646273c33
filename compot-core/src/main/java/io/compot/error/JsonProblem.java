package io.compot.error;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;

/**
 * What is wrong with a JSON text, in words for those who have the file: the parser's own name
 * settings that nobody can change from outside, and byte-order marks by their codes.
 */
public final class JsonProblem {

  private static final Pattern CHARACTER =
      Pattern.compile("^Unexpected character \\('(.)'.*?\\)\\)?(.*)", Pattern.DOTALL);
  private static final Pattern QUOTED = Pattern.compile("^[^'\"]*['\"](.*?)['\"]");
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private JsonProblem() {}

  /** On one line, with the place in the document where it is known. */
  public static String of(JacksonException e) {
    var place = e.getLocation();
    String where =
        place == null || place.getLineNr() < 1
            ? ""
            : " (line %d, column %d)".formatted(place.getLineNr(), place.getColumnNr());
    return withoutPlace(e) + where;
  }

  /** On one line, for texts whose line is named already. */
  public static String withoutPlace(JacksonException e) {
    String message = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
    if (e instanceof StreamConstraintsException) {
      return limit(message);
    }
    if (message.startsWith("Unexpected end-of-input")) {
      return message.contains("quote") ? "it ends inside a string" : "it ends too early";
    }
    if (message.startsWith("Duplicate")) {
      return "Duplicate key " + quoted(message);
    }
    if (message.startsWith("Unrecognized token") || message.startsWith("Non-standard token")) {
      return "unknown word " + quoted(message) + ", perhaps a string without quotes";
    }
    if (message.startsWith("Trailing token") || message.contains("no open ")) {
      return "something stands behind its end";
    }
    if (message.startsWith("Unexpected close marker")) {
      return "bracket " + quoted(message) + " closes what was opened by another";
    }
    if (message.startsWith("Unrecognized character escape")) {
      return "unknown escape \\" + Shown.of(quotedText(message)) + " in a string";
    }
    if (message.startsWith("Illegal")) {
      return "a control character that is not written as an escape";
    }
    if (message.startsWith("Invalid numeric value")) {
      return "a malformed number";
    }
    return character(message);
  }

  private static String character(String message) {
    Matcher found = CHARACTER.matcher(message);
    if (!found.find()) {
      return "malformed";
    }
    String rest = found.group(2).toLowerCase(Locale.ROOT);
    char c = found.group(1).charAt(0);
    if (c == BYTE_ORDER_MARK) {
      return "it has a byte-order mark, which JSON may not have: save it as UTF-8 without one";
    }
    String shown = "'" + Shown.of(found.group(1)) + "'";
    if (c == '/' || c == '#') {
      return "unexpected " + shown + ", JSON has no comments";
    }
    if (rest.contains("numeric value") || rest.contains("hexadecimal")) {
      return "a malformed number, at " + shown;
    }
    if (rest.contains("double-quote")) {
      return "unexpected " + shown + " where a key in double quotes has to be";
    }
    if (rest.contains("colon")) {
      return "unexpected " + shown + " where a colon has to be";
    }
    if (rest.contains("comma")) {
      return "unexpected " + shown + " where a comma has to be";
    }
    return "unexpected " + shown;
  }

  private static String limit(String message) {
    if (message.contains("nesting depth")) {
      return "its nesting is too deep";
    }
    return message.contains("umber")
        ? "a number has too many digits"
        : "a name or text in it is too long";
  }

  private static String quoted(String message) {
    return "\"" + Shown.of(quotedText(message)) + "\"";
  }

  private static String quotedText(String message) {
    Matcher found = QUOTED.matcher(message);
    return found.find() ? String.valueOf(found.group(1)) : "";
  }
}
