package io.compot.generation.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** What a context-free grammar over bytes is made of. */
sealed interface Symbol {

  /**
   * One byte of several.
   *
   * @param allowed from 0 to 255; not to be changed
   */
  record Bytes(BitSet allowed) implements Symbol {

    boolean has(int value) {
      return allowed.get(value);
    }
  }

  /**
   * One of several sequences. They are added after it was made, so that rules may name one another;
   * none may begin with its own rule.
   */
  final class Rule implements Symbol {

    private final List<List<Symbol>> alternatives = new ArrayList<>();

    /** Adds a sequence; one without symbols is the empty text. */
    Rule or(Symbol... sequence) {
      alternatives.add(List.of(sequence));
      return this;
    }

    List<List<Symbol>> alternatives() {
      return alternatives;
    }
  }

  /** Bytes from one to another. */
  static Bytes range(int from, int to) {
    var bytes = new BitSet();
    bytes.set(from, to + 1);
    return new Bytes(bytes);
  }

  /** One of these ASCII characters. */
  static Bytes one(String characters) {
    var bytes = new BitSet();
    characters.chars().forEach(bytes::set);
    return new Bytes(bytes);
  }

  /** A text as it stands. */
  static Rule text(String text) {
    List<Symbol> bytes = new ArrayList<>();
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      bytes.add(range(each & 0xFF, each & 0xFF));
    }
    return new Rule().or(bytes.toArray(Symbol[]::new));
  }

  /** The same symbol from {@code least} to {@code most} times. */
  static Rule times(Symbol symbol, int least, int most) {
    Rule rest = new Rule().or();
    for (int count = most; count > 0; count--) {
      Rule more = new Rule().or(symbol, rest);
      rest = count > least ? more.or() : more;
    }
    return rest;
  }

  /** The same symbol any number of times. */
  static Rule any(Symbol symbol) {
    var rule = new Rule();
    return rule.or().or(symbol, rule);
  }
}
