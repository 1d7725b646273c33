package io.compot;

import io.compot.error.CompotException;
import io.compot.generation.grammar.Constraint;
import io.compot.generation.grammar.TokenTree;
import io.compot.tokenizer.TextTokenizer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What holds answers of one model to their formats; made once for each. */
final class AnswerConstraints {

  /** Formats that are kept with what they allow. */
  private static final int KEPT = 8;

  private final TextTokenizer tokenizer;
  private final int vocabulary;
  private final Map<AnswerFormat, Constraint> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<AnswerFormat, Constraint> eldest) {
          return size() > KEPT;
        }
      };
  private @Nullable TokenTree tree;

  AnswerConstraints(TextTokenizer tokenizer, int vocabulary) {
    this.tokenizer = tokenizer;
    this.vocabulary = vocabulary;
  }

  /** Null where answers are free. */
  synchronized @Nullable Constraint of(AnswerFormat format) throws CompotException {
    if (format instanceof AnswerFormat.Text) {
      return null;
    }
    Constraint found = known.get(format);
    if (found == null) {
      found =
          format instanceof AnswerFormat.Schema schema
              ? Constraint.schema(
                  schema.schema(), schema.strict(), JsonMapper.shared()::writeValueAsString, tree())
              : Constraint.json(tree());
      known.put(format, found);
    }
    return found;
  }

  private TokenTree tree() throws CompotException {
    TokenTree made = tree;
    if (made == null) {
      Set<Integer> special = tokenizer.specialSpellings().keySet();
      byte[][] bytes = new byte[vocabulary][];
      for (int token = 0; token < vocabulary; token++) {
        bytes[token] = special.contains(token) ? new byte[0] : tokenizer.bytes(token);
      }
      made = new TokenTree(bytes);
      tree = made;
    }
    return made;
  }
}
