package io.compot.chat.jinja;

import io.compot.chat.jinja.Token.Kind;
import java.util.List;

/** The tokens in front of a parser. */
final class TokenStream {

  private final List<Token> tokens;
  private int at;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(at);
  }

  /** The one behind the current. */
  Token following() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  /** The current token; the next one becomes current. */
  Token next() {
    Token token = tokens.get(at);
    at = Math.min(at + 1, tokens.size() - 1);
    return token;
  }

  boolean skipOperator(String operator) {
    return current().is(operator) && next() != null;
  }

  boolean skipName(String name) {
    return current().isName(name) && next() != null;
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected("'" + name + "'");
    }
  }

  Token expect(Kind type) {
    if (current().type() != type) {
      throw unexpected(new Token(type, "", 0).described());
    }
    return next();
  }

  String expectName() {
    if (current().type() != Kind.NAME) {
      throw unexpected("a name");
    }
    return next().text();
  }

  private JinjaException unexpected(String expected) {
    return fail("unexpected %s, expected %s".formatted(current().described(), expected));
  }

  JinjaException fail(String message) {
    return new JinjaException(JinjaException.Kind.SYNTAX, message, current().line());
  }
}
