package io.compot.chat.jinja;

import io.compot.chat.jinja.Token.Kind;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/** {@code (a, b, name=c, *d, **e)}. */
final class ArgumentParser {

  private final TokenStream tokens;
  private final ExpressionParser expressions;

  ArgumentParser(TokenStream tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  Expression.CallArguments arguments() {
    tokens.expectOperator("(");
    var positional = new ArrayList<Expression>();
    var names = new ArrayList<String>();
    var named = new ArrayList<Expression>();
    @Nullable Expression starred = null;
    @Nullable Expression doubleStarred = null;
    while (!tokens.current().is(")")) {
      if (tokens.skipOperator("*")) {
        ensure(starred == null && doubleStarred == null);
        starred = expressions.expression();
      } else if (tokens.skipOperator("**")) {
        ensure(doubleStarred == null);
        doubleStarred = expressions.expression();
      } else if (tokens.current().type() == Kind.NAME && tokens.following().is("=")) {
        ensure(doubleStarred == null);
        String name = tokens.next().text();
        tokens.next();
        ensure(!names.contains(name));
        names.add(name);
        named.add(expressions.expression());
      } else {
        ensure(starred == null && doubleStarred == null && named.isEmpty());
        positional.add(expressions.expression());
      }
      if (!tokens.current().is(")")) {
        tokens.expectOperator(",");
      }
    }
    tokens.next();
    return new Expression.CallArguments(positional, names, named, starred, doubleStarred);
  }

  private void ensure(boolean allowed) {
    if (!allowed) {
      throw tokens.fail("arguments of a call are in a wrong order, or one is there twice");
    }
  }
}
