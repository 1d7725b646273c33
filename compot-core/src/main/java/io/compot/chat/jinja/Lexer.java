package io.compot.chat.jinja;

import io.compot.chat.jinja.Token.Kind;
import io.compot.text.PythonSpace;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens, with Jinja's treatment of white space around tags: {@code -} takes
 * all of it, the newline behind a block or comment goes (trim_blocks), so do blanks in front of one
 * that begins its line (lstrip_blocks), and {@code +} prevents either.
 */
final class Lexer {

  private static final Pattern NUMBER_FLOAT =
      Pattern.compile(
          "(?:\\d+_)*\\d+(?:(?:\\.(?:\\d+_)*\\d+)?[eE][+-]?(?:\\d+_)*\\d+|\\.(?:\\d+_)*\\d+)");
  private static final Pattern NUMBER_INTEGER =
      Pattern.compile(
          "0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\\da-fA-F])+|[1-9](?:_?\\d)*|0(?:_?0)*");
  private static final Pattern STRING =
      Pattern.compile("'(?:[^'\\\\]|\\\\.)*+'|\"(?:[^\"\\\\]|\\\\.)*+\"", Pattern.DOTALL);
  private static final Pattern OPERATOR =
      Pattern.compile("//|\\*\\*|==|!=|>=|<=|[-+/*%~\\[\\](){}><=.:|,;]");
  private static final Pattern RAW_BEGIN =
      Pattern.compile(
          "\\{%([-+]?)" + PythonSpace.PATTERN + "*raw" + PythonSpace.PATTERN + "*(-?)%\\}");
  private static final Pattern RAW_END =
      Pattern.compile(
          "\\{%([-+]?)" + PythonSpace.PATTERN + "*endraw" + PythonSpace.PATTERN + "*([-+]?)%\\}");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private int counted;
  private boolean lineStarting = true;

  private Lexer(String source) {
    this.source = source;
  }

  /** The tokens of a template, with {@link Kind#END} as the last. */
  static List<Token> tokens(String template) {
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    if (source.endsWith("\n")) {
      source = source.substring(0, source.length() - 1);
    }
    return new Lexer(source).run();
  }

  private List<Token> run() {
    while (at < source.length()) {
      int tag = nextTag(at);
      if (tag < 0) {
        add(Kind.DATA, source.substring(at), at);
        at = source.length();
        break;
      }
      Matcher raw = RAW_BEGIN.matcher(source).region(tag, source.length());
      boolean isRaw = raw.lookingAt();
      char kind = source.charAt(tag + 1);
      char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
      if (sign != '-' && sign != '+') {
        sign = ' ';
      }
      data(source.substring(at, tag), sign, kind != '{');
      if (isRaw) {
        at = raw.end();
        if (!raw.group(2).isEmpty()) {
          at = PythonSpace.skip(source, at);
        }
        raw(tag);
      } else {
        at = tag + (sign == ' ' ? 2 : 3);
        switch (kind) {
          case '#' -> comment(tag);
          case '%' -> tag(tag, Kind.BLOCK_BEGIN);
          default -> tag(tag, Kind.VARIABLE_BEGIN);
        }
      }
      lineStarting = source.charAt(at - 1) == '\n';
    }
    add(Kind.END, "", source.length());
    return tokens;
  }

  private int nextTag(int from) {
    for (int i = source.indexOf('{', from); i >= 0; i = source.indexOf('{', i + 1)) {
      char next = i + 1 < source.length() ? source.charAt(i + 1) : ' ';
      if (next == '{' || next == '%' || next == '#') {
        return i;
      }
    }
    return -1;
  }

  /** Template text in front of a tag, trimmed as the tag's sign says. */
  private void data(String text, char sign, boolean block) {
    String kept = text;
    if (sign == '-') {
      kept = PythonSpace.stripTrailing(text);
    } else if (sign != '+' && block) {
      int lineBegin = text.lastIndexOf('\n') + 1;
      if ((lineBegin > 0 || lineStarting)
          && lineBegin < text.length()
          && PythonSpace.skip(text, lineBegin) == text.length()) {
        kept = text.substring(0, lineBegin);
      }
    }
    if (!kept.isEmpty()) {
      add(Kind.DATA, kept, at);
    }
  }

  private void raw(int begin) {
    Matcher end = RAW_END.matcher(source);
    if (!end.find(at)) {
      throw error("missing end of raw directive", begin);
    }
    lineStarting = source.charAt(at - 1) == '\n';
    String sign = end.group(1);
    data(source.substring(at, end.start()), sign.isEmpty() ? ' ' : sign.charAt(0), true);
    at = end.end();
    trimAfter(end.group(2));
  }

  private void comment(int begin) {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw error("missing end of comment tag", begin);
    }
    String sign = end > at ? source.substring(end - 1, end) : "";
    at = end + 2;
    trimAfter(sign);
  }

  private void trimAfter(String sign) {
    if (sign.equals("-")) {
      at = PythonSpace.skip(source, at);
    } else if (!sign.equals("+") && at < source.length() && source.charAt(at) == '\n') {
      at++;
    }
  }

  private void tag(int begin, Kind type) {
    add(type, "", begin);
    String close = type == Kind.BLOCK_BEGIN ? "%}" : "}}";
    Kind end = type == Kind.BLOCK_BEGIN ? Kind.BLOCK_END : Kind.VARIABLE_END;
    Deque<Character> open = new ArrayDeque<>();
    while (at < source.length()) {
      if (open.isEmpty() && closes(close)) {
        add(end, "", at);
        char sign = source.charAt(at);
        at += sign == close.charAt(0) ? 2 : 3;
        if (type == Kind.BLOCK_BEGIN || sign == '-') {
          trimAfter(sign == '-' || sign == '+' ? String.valueOf(sign) : "");
        }
        return;
      }
      inside(open);
    }
    add(Kind.END, "", source.length());
  }

  private boolean closes(String close) {
    return source.startsWith(close, at)
        || source.startsWith("-" + close, at)
        || (close.equals("%}") && source.startsWith("+%}", at));
  }

  private void inside(Deque<Character> open) {
    int from = at;
    char c = source.charAt(at);
    if (PythonSpace.is(c)) {
      at = PythonSpace.skip(source, at);
    } else if (Character.isDigit(c) && c < 128 && number()) {
      return;
    } else if (isNamePart(source.codePointAt(at))) {
      name();
    } else if (c == '\'' || c == '"') {
      Matcher string = STRING.matcher(source).region(at, source.length());
      if (!string.lookingAt()) {
        throw error("unexpected char '" + c + "': the string has no end", at);
      }
      String written = string.group();
      add(
          Kind.STRING,
          StringLiteral.unescape(written.substring(1, written.length() - 1), lineAt(at)),
          from);
      at = string.end();
    } else {
      operator(open);
    }
  }

  private boolean number() {
    Matcher real = NUMBER_FLOAT.matcher(source).region(at, source.length());
    if (real.lookingAt() && (at == 0 || source.charAt(at - 1) != '.')) {
      add(Kind.FLOAT, real.group().replace("_", ""), at);
      at = real.end();
      return true;
    }
    Matcher whole = NUMBER_INTEGER.matcher(source).region(at, source.length());
    if (whole.lookingAt()) {
      add(Kind.INTEGER, whole.group().replace("_", ""), at);
      at = whole.end();
      return true;
    }
    return false;
  }

  private void name() {
    int from = at;
    while (at < source.length() && isNamePart(source.codePointAt(at))) {
      at += Character.charCount(source.codePointAt(at));
    }
    int first = source.codePointAt(from);
    if (first != '_' && !Character.isUnicodeIdentifierStart(first)) {
      throw error("invalid character in identifier " + source.substring(from, at), from);
    }
    add(Kind.NAME, source.substring(from, at), from);
  }

  private static boolean isNamePart(int c) {
    return c == '_'
        || (Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c));
  }

  private void operator(Deque<Character> open) {
    Matcher operator = OPERATOR.matcher(source).region(at, source.length());
    if (!operator.lookingAt()) {
      throw error("unexpected char '" + Character.toString(source.codePointAt(at)) + "'", at);
    }
    String text = operator.group();
    switch (text) {
      case "(" -> open.push(')');
      case "[" -> open.push(']');
      case "{" -> open.push('}');
      case ")", "]", "}" -> {
        if (open.isEmpty() || open.pop() != text.charAt(0)) {
          throw error("unexpected '" + text + "'", at);
        }
      }
      default -> {}
    }
    add(Kind.OPERATOR, text, at);
    at = operator.end();
  }

  private void add(Kind type, String text, int position) {
    tokens.add(new Token(type, text, lineAt(position)));
  }

  private int lineAt(int position) {
    for (; counted < position; counted++) {
      if (source.charAt(counted) == '\n') {
        line++;
      }
    }
    return line;
  }

  private JinjaException error(String message, int position) {
    return new JinjaException(JinjaException.Kind.SYNTAX, message, lineAt(position));
  }
}
