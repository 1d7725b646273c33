package io.compot.generation.grammar;

import io.compot.error.UsageException;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Holds texts to a grammar: of the tokens that a model finds likely, only those are left with which
 * some text of the grammar goes on. As llama.cpp's grammars and outlines (arXiv 2307.09702) do.
 * Which tokens a place allows is kept, since places come again; safe to share between threads.
 */
public final class Constraint {

  /** Places whose tokens are kept. */
  private static final int KEPT = 256;

  private final Symbol.Rule root;
  private final TokenTree tree;
  private final Map<Reached, BitSet> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Reached, BitSet> eldest) {
          return size() > KEPT;
        }
      };

  private Constraint(Symbol.Rule root, TokenTree tree) {
    this.root = root;
    this.tree = tree;
  }

  /** To any JSON object. */
  public static Constraint json(TokenTree tree) {
    return new Constraint(new JsonRules().object(), tree);
  }

  /**
   * To the JSON values that a schema allows.
   *
   * @param schema as JSON has it: maps, lists, texts, numbers
   * @param strict whether what cannot be held is refused; else it is passed over
   * @param writer JSON of a value
   * @throws UsageException naming the place in the schema that cannot be held
   */
  public static Constraint schema(
      Map<String, ?> schema,
      boolean strict,
      Function<@Nullable Object, String> writer,
      TokenTree tree)
      throws UsageException {
    return new Constraint(new SchemaRules(schema, strict, writer).root(), tree);
  }

  /** One text from its beginning. */
  public Text begin() {
    return new Text();
  }

  private BitSet allowed(Reached reached) {
    synchronized (known) {
      return known.computeIfAbsent(reached, tree::allowed);
    }
  }

  /** A text in the making. */
  public final class Text {

    private Reached reached = Reached.start(root);

    private Text() {}

    /**
     * The logits with minus infinity for what must not follow.
     *
     * @param stops tokens that end a text: allowed where it may end, alone where nothing else may
     *     follow
     */
    public float[] hold(float[] logits, Set<Long> stops) {
      BitSet allowed = allowed(reached);
      // No token spells what has to follow: better half a text than a wrong one.
      boolean mayEnd = reached.complete() || allowed.isEmpty();
      float[] held = logits.clone();
      for (int token = 0; token < held.length; token++) {
        boolean may = stops.contains((long) token) ? mayEnd : allowed.get(token);
        if (!may) {
          held[token] = Float.NEGATIVE_INFINITY;
        }
      }
      return held;
    }

    /** Goes on behind a token that was allowed. */
    public void add(int token) {
      for (byte each : tree.bytes(token)) {
        reached = reached.advance(each & 0xFF);
      }
    }

    /** Whether it is whole and nothing may follow. */
    public boolean isAtItsEnd() {
      return reached.isAtItsEnd();
    }
  }
}
