package io.compot.generation.grammar;

import io.compot.generation.grammar.Symbol.Rule;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rules that may begin with themselves, of which no text would ever begin. */
final class LeftRecursion {

  private final List<Rule> rules = new ArrayList<>();
  private final Set<Rule> empty = new HashSet<>();

  private LeftRecursion(Rule root) {
    Set<Rule> found = new HashSet<>();
    Deque<Rule> open = new ArrayDeque<>(List.of(root));
    found.add(root);
    while (!open.isEmpty()) {
      Rule rule = open.pop();
      rules.add(rule);
      for (List<Symbol> alternative : rule.alternatives()) {
        for (Symbol each : alternative) {
          if (each instanceof Rule next && found.add(next)) {
            open.push(next);
          }
        }
      }
    }
  }

  /** Whether a grammar has one. */
  static boolean in(Rule root) {
    var grammar = new LeftRecursion(root);
    grammar.findEmpty();
    return !grammar.isOrdered();
  }

  /** Which rules may be the empty text. */
  private void findEmpty() {
    boolean more = true;
    while (more) {
      more = false;
      // What a rule is made of was mostly found behind it.
      for (Rule rule : rules.reversed()) {
        boolean may =
            rule.alternatives().stream().anyMatch(sequence -> empty.containsAll(sequence));
        more |= may && empty.add(rule);
      }
    }
  }

  /** Whether rules can be put in an order in which each begins with later ones alone (Kahn). */
  private boolean isOrdered() {
    Map<Rule, List<Rule>> beginsWith = new HashMap<>();
    Map<Rule, Integer> before = new HashMap<>();
    for (Rule rule : rules) {
      List<Rule> first = new ArrayList<>();
      for (List<Symbol> alternative : rule.alternatives()) {
        for (Symbol each : alternative) {
          if (!(each instanceof Rule next)) {
            break;
          }
          first.add(next);
          before.merge(next, 1, Integer::sum);
          if (!empty.contains(next)) {
            break;
          }
        }
      }
      beginsWith.put(rule, first);
    }
    Deque<Rule> free = new ArrayDeque<>();
    rules.stream().filter(rule -> !before.containsKey(rule)).forEach(free::push);
    int ordered = 0;
    while (!free.isEmpty()) {
      ordered++;
      for (Rule next : beginsWith.getOrDefault(free.pop(), List.of())) {
        if (before.merge(next, -1, Integer::sum) == 0) {
          free.push(next);
        }
      }
    }
    return ordered == rules.size();
  }
}
