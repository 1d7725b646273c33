package io.compot.chat.jinja;

import io.compot.chat.jinja.Statement.Block;
import io.compot.chat.jinja.Statement.Branch;
import io.compot.chat.jinja.Statement.MacroCode;
import io.compot.chat.jinja.Statement.Target;
import io.compot.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Statements. */
final class Parser {

  private static final int DEEPEST = 100;
  private static final Set<String> CONSTANTS =
      Set.of("true", "True", "false", "False", "none", "None");

  private final TokenStream tokens;
  private final ExpressionParser expressions;
  private int depth;
  private int loops;

  private Parser(TokenStream tokens) {
    this.tokens = tokens;
    this.expressions = new ExpressionParser(tokens);
  }

  /**
   * The statements of a template.
   *
   * @throws JinjaException where it is no template, with the line
   */
  static List<Statement> parse(String template) {
    var parser = new Parser(new TokenStream(Lexer.tokens(template)));
    List<Statement> all = parser.body(Set.of());
    Checker.check(all);
    return all;
  }

  /** Statements up to a tag of one of these names, which is current then. */
  private List<Statement> body(Set<String> ends) {
    if (++depth > DEEPEST) {
      throw tokens.fail("statements are nested more than " + DEEPEST + " deep");
    }
    var body = new ArrayList<Statement>();
    while (true) {
      Token token = tokens.next();
      switch (token.type()) {
        case DATA -> body.add(new Statement.Text(token.text()));
        case VARIABLE_BEGIN -> {
          body.add(new Statement.Print(expressions.tuple(true, ""), token.line()));
          tokens.expect(Kind.VARIABLE_END);
        }
        case BLOCK_BEGIN -> {
          if (tokens.current().isName(ends)) {
            depth--;
            return List.copyOf(body);
          }
          statement(body);
          tokens.expect(Kind.BLOCK_END);
        }
        default -> {
          if (!ends.isEmpty()) {
            throw new JinjaException(
                JinjaException.Kind.SYNTAX,
                "unexpected end of template, expected " + String.join(" or ", ends),
                token.line());
          }
          depth--;
          return List.copyOf(body);
        }
      }
    }
  }

  /** The body behind a tag, up to its end tag, whose name is read. */
  private List<Statement> block(String end) {
    List<Statement> body = blockTo(Set.of(end));
    tokens.next();
    return body;
  }

  private List<Statement> blockTo(Set<String> ends) {
    tokens.skipOperator(":");
    tokens.expect(Kind.BLOCK_END);
    return body(ends);
  }

  private void statement(List<Statement> into) {
    Token tag = tokens.expect(Kind.NAME);
    int line = tag.line();
    switch (tag.text()) {
      case "if" -> into.add(conditional(line));
      case "for" -> into.add(loop(line));
      case "set" -> into.add(assignment(line));
      case "macro" ->
          into.add(
              new Statement.MacroDefinition(
                  withBody(macro(tokens.expectName(), line), "endmacro")));
      case "call" -> into.add(callBlock(line));
      case "filter" -> {
        Expression filters =
            expressions.filters(expressions.filter(new Expression.Name(Block.PLACE, line)));
        into.add(new Statement.FilterBlock(filters, block("endfilter"), line));
      }
      case "with" -> into.add(with(line));
      case "generation" -> into.add(new Block(block("endgeneration")));
      case "block" -> into.add(named());
      case "print" -> print(into, line);
      case "break", "continue" -> {
        if (loops == 0) {
          throw tokens.fail("'" + tag.text() + "' outside of a loop");
        }
        into.add(tag.text().equals("break") ? new Statement.Break() : new Statement.Continue());
      }
      case "include", "import", "from", "extends" -> {
        while (tokens.current().type() != Kind.BLOCK_END && tokens.current().type() != Kind.END) {
          tokens.next();
        }
        into.add(new Statement.Unavailable(tag.text(), line));
      }
      case "autoescape" -> throw tokens.fail("autoescape is not available in chat templates");
      default -> throw tokens.fail("unknown tag '" + tag.text() + "'");
    }
  }

  private Statement conditional(int line) {
    var branches = new ArrayList<Branch>();
    int at = line;
    while (true) {
      Expression condition = expressions.tuple(false, "");
      branches.add(new Branch(condition, blockTo(Set.of("elif", "else", "endif")), at));
      Token end = tokens.next();
      at = end.line();
      if (end.isName("else")) {
        branches.add(new Branch(null, block("endif"), at));
        return new Statement.If(branches);
      } else if (end.isName("endif")) {
        return new Statement.If(branches);
      }
    }
  }

  private Statement loop(int line) {
    Target target = target("in", false);
    if (Checker.assigns(target, "loop")) {
      throw tokens.fail("the loop variable cannot be called loop");
    }
    tokens.expectName("in");
    Expression items = expressions.tuple(false, "recursive");
    Expression condition = tokens.skipName("if") ? expressions.expression() : null;
    boolean recursive = tokens.skipName("recursive");
    loops++;
    List<Statement> body = blockTo(Set.of("endfor", "else"));
    loops--;
    List<Statement> otherwise = List.of();
    if (tokens.next().isName("else")) {
      otherwise = block("endfor");
    }
    return new Statement.For(target, items, condition, recursive, body, otherwise, line);
  }

  private Statement assignment(int line) {
    Target target = target("", true);
    if (tokens.skipOperator("=")) {
      return new Statement.Set(target, expressions.tuple(true, ""), line);
    }
    Expression place = new Expression.Name(Block.PLACE, line);
    Expression filters = expressions.filters(place);
    return new Statement.Capture(
        target, filters.equals(place) ? null : filters, block("endset"), line);
  }

  /** A name, {@code namespace.field} where allowed, or several with commas. */
  private Target target(String endName, boolean namespaces) {
    var parts = new ArrayList<Target>();
    boolean several = false;
    while (true) {
      if (several
          && (tokens.current().type() == Kind.BLOCK_END
              || tokens.current().is("=")
              || tokens.current().is(")")
              || (!endName.isEmpty() && tokens.current().isName(endName)))) {
        break;
      }
      parts.add(onePart(namespaces));
      if (!tokens.skipOperator(",")) {
        break;
      }
      several = true;
    }
    return several ? new Target.Several(parts) : parts.getFirst();
  }

  private Target onePart(boolean namespaces) {
    if (tokens.skipOperator("(")) {
      if (++depth > DEEPEST) {
        throw tokens.fail("a target is nested more than " + DEEPEST + " deep");
      }
      Target inner = target("", false);
      depth--;
      tokens.expectOperator(")");
      return inner;
    }
    String name = tokens.expectName();
    if (CONSTANTS.contains(name)) {
      throw tokens.fail("can't assign to '" + name + "'");
    }
    if (namespaces && tokens.skipOperator(".")) {
      return new Target.NamespaceField(name, tokens.expectName());
    }
    return new Target.Variable(name);
  }

  private MacroCode macro(String name, int line) {
    var parameters = new ArrayList<String>();
    var defaults = new ArrayList<Expression>();
    if (tokens.current().is("(")) {
      tokens.next();
      while (!tokens.current().is(")")) {
        parameters.add(tokens.expectName());
        if (tokens.skipOperator("=")) {
          defaults.add(expressions.expression());
        } else if (!defaults.isEmpty()) {
          throw tokens.fail("a parameter without default follows one with a default");
        }
        if (!tokens.current().is(")")) {
          tokens.expectOperator(",");
        }
      }
      tokens.next();
    } else if (!name.equals("caller")) {
      tokens.expectOperator("(");
    }
    return new MacroCode(name, parameters, defaults, List.of(), Set.of(), line);
  }

  private MacroCode withBody(MacroCode head, String end) {
    var outside = Set.copyOf(expressions.names());
    expressions.names().clear();
    int outer = loops;
    loops = 0;
    List<Statement> body = block(end);
    loops = outer;
    var uses = new HashSet<>(Set.of("varargs", "kwargs", "caller"));
    uses.retainAll(expressions.names());
    expressions.names().addAll(outside);
    return new MacroCode(head.name(), head.parameters(), head.defaults(), body, uses, head.line());
  }

  private Statement callBlock(int line) {
    MacroCode head = macro("caller", line);
    if (!(expressions.expression() instanceof Expression.Call call)) {
      throw tokens.fail("expected a call");
    }
    return new Statement.CallBlock(call, withBody(head, "endcall"), line);
  }

  private Statement with(int line) {
    var targets = new ArrayList<Target>();
    var values = new ArrayList<Expression>();
    while (tokens.current().type() != Kind.BLOCK_END) {
      if (!targets.isEmpty()) {
        tokens.expectOperator(",");
      }
      targets.add(onePart(false));
      tokens.expectOperator("=");
      values.add(expressions.expression());
    }
    return new Statement.With(targets, values, block("endwith"), line);
  }

  private Statement named() {
    String name = tokens.expectName();
    tokens.skipName("scoped");
    tokens.skipName("required");
    var body = new Block(block("endblock"));
    tokens.skipName(name);
    return body;
  }

  private void print(List<Statement> into, int line) {
    while (tokens.current().type() != Kind.BLOCK_END) {
      into.add(new Statement.Print(expressions.expression(), line));
      if (tokens.current().type() != Kind.BLOCK_END) {
        tokens.expectOperator(",");
      }
    }
  }
}
