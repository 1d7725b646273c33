package io.compot.generation.grammar;

import static io.compot.generation.grammar.Symbol.any;
import static io.compot.generation.grammar.Symbol.one;
import static io.compot.generation.grammar.Symbol.range;
import static io.compot.generation.grammar.Symbol.text;
import static io.compot.generation.grammar.Symbol.times;

import io.compot.generation.grammar.Symbol.Rule;

/**
 * The grammar of JSON (RFC 8259) as it is usually written: between parts at most one space, or a
 * new line and its indent; numbers of no more digits than doubles have. Without such bounds a model
 * that does not know what to say would write spaces or digits for ever.
 */
final class JsonRules {

  private static final int INDENT = 24;
  private static final int DIGITS = 16;

  private final Rule space =
      new Rule().or().or(text(" ")).or(text("\n"), times(one(" \t"), 0, INDENT));

  private final Rule character = character();
  private final Rule string = new Rule().or(text("\""), any(character), text("\""));
  private final Rule integer = integer();
  private final Rule number = new Rule().or(integer, fraction(), exponent());
  private final Rule value = new Rule();
  private final Rule object = object(value);
  private final Rule array = array(value);

  JsonRules() {
    value.or(object).or(array).or(string).or(number);
    value.or(text("true")).or(text("false")).or(text("null"));
  }

  Rule space() {
    return space;
  }

  /** One character of a string, or an escape. */
  Rule stringCharacter() {
    return character;
  }

  Rule string() {
    return string;
  }

  Rule wholeNumber() {
    return integer;
  }

  Rule number() {
    return number;
  }

  Rule value() {
    return value;
  }

  Rule object() {
    return object;
  }

  /** An object whose values are of one kind, under any names. */
  Rule object(Rule values) {
    Rule pair = new Rule().or(string, text(":"), space, values);
    Rule more = any(new Rule().or(text(","), space, pair));
    return new Rule()
        .or(text("{"), space, text("}"))
        .or(text("{"), space, pair, more, space, text("}"));
  }

  Rule array(Rule values) {
    Rule more = any(new Rule().or(text(","), space, values));
    return new Rule()
        .or(text("["), space, text("]"))
        .or(text("["), space, values, more, space, text("]"));
  }

  /** No surrogates, overlong forms or numbers beyond Unicode's (RFC 3629, section 4). */
  private static Rule character() {
    Symbol rest = range(0x80, 0xBF);
    Symbol hex = one("0123456789abcdefABCDEF");
    // Surrogates come in pairs; the characters that need them may as well stand as they are.
    Rule unit =
        new Rule()
            .or(one("0123456789abcefABCEF"), hex, hex, hex)
            .or(one("dD"), one("01234567"), hex, hex);
    Rule plain = new Rule();
    plain.or(range(0x20, 0x21)).or(range(0x23, 0x5B)).or(range(0x5D, 0x7E));
    return plain
        .or(range(0xC2, 0xDF), rest)
        .or(range(0xE0, 0xE0), range(0xA0, 0xBF), rest)
        .or(range(0xE1, 0xEC), rest, rest)
        .or(range(0xED, 0xED), range(0x80, 0x9F), rest)
        .or(range(0xEE, 0xEF), rest, rest)
        .or(range(0xF0, 0xF0), range(0x90, 0xBF), rest, rest)
        .or(range(0xF1, 0xF3), rest, rest, rest)
        .or(range(0xF4, 0xF4), range(0x80, 0x8F), rest, rest)
        .or(text("\\"), one("\"\\/bfnrt"))
        .or(text("\\u"), unit);
  }

  private static Rule integer() {
    Rule digits =
        new Rule().or(text("0")).or(one("123456789"), times(one("0123456789"), 0, DIGITS - 1));
    return new Rule().or(digits).or(text("-"), digits);
  }

  private static Rule fraction() {
    return new Rule().or().or(text("."), times(one("0123456789"), 1, DIGITS));
  }

  private static Rule exponent() {
    Rule sign = new Rule().or().or(one("+-"));
    return new Rule().or().or(one("eE"), sign, times(one("0123456789"), 1, 2));
  }
}
