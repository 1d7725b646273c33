package io.compot.chat;

import io.compot.error.InputException;
import io.compot.tokenizer.TextTokenizer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a conversation's prompt. The template's special tokens are special; what is spelled
 * like one in the conversation's texts is not, so that nobody who may only write a message can
 * forge a turn.
 *
 * <p>Where a text holds such a spelling, the template is rendered once more with marks around it,
 * which show where it comes to lie in the prompt. Segments that hold one are tokenised without
 * special tokens.
 */
public final class PromptEncoder implements AutoCloseable {

  /** Noncharacters, which no interchanged text has. */
  private static final int FIRST_MARK = 0xFDD0;

  private static final int LAST_MARK = 0xFDEF;

  private final TextTokenizer tokenizer;
  private final Collection<String> spellings;
  private @Nullable TextTokenizer plain;

  /**
   * @param tokenizer of the model; stays the caller's
   */
  public PromptEncoder(TextTokenizer tokenizer) throws InputException {
    this.tokenizer = tokenizer;
    this.spellings =
        tokenizer.specialSpellings().values().stream().filter(text -> !text.isEmpty()).toList();
  }

  /**
   * The prompt's tokens; nothing is added around what the template writes.
   *
   * @throws InputException where the template refuses the conversation, or treats a special token
   *     in a message other than as text
   */
  public long[] encode(ChatTemplate template, Conversation conversation, Clock clock)
      throws InputException {
    String prompt = template.render(conversation, clock);
    if (!hasSpelling(conversation)) {
      return tokenizer.encode(prompt, false);
    }
    String open = unused(prompt, FIRST_MARK);
    String close = unused(prompt, open.codePointAt(0) + 1);
    String marked = template.render(marked(conversation, open, close), clock);
    if (!marked.replace(open, "").replace(close, "").equals(prompt)) {
      throw new InputException(
          "messages: one holds a special token of the model (such as %s), and the chat template does"
                  .formatted(spellings.iterator().next())
              + " not only copy it; take it out of the message");
    }
    return segments(marked, open, close);
  }

  /** The prompt's tokens with every spelling of a special token taken for one. */
  public long[] encodeTrusting(ChatTemplate template, Conversation conversation, Clock clock)
      throws InputException {
    return tokenizer.encode(template.render(conversation, clock), false);
  }

  private boolean hasSpelling(Conversation conversation) {
    return holds(conversation.messages())
        || holds(conversation.tools())
        || holds(conversation.documents())
        || holds(conversation.variables());
  }

  private boolean holds(@Nullable Object value) {
    return switch (value) {
      case String text -> spellings.stream().anyMatch(text::contains);
      case List<?> list -> list.stream().anyMatch(this::holds);
      case Map<?, ?> map -> map.values().stream().anyMatch(this::holds);
      case null, default -> false;
    };
  }

  private static String unused(String prompt, int from) throws InputException {
    for (int c = from; c <= LAST_MARK; c++) {
      String mark = Character.toString(c);
      if (!prompt.contains(mark)) {
        return mark;
      }
    }
    throw new InputException(
        "messages: one holds Unicode noncharacters beside a special token; take them out");
  }

  @SuppressWarnings("unchecked") // the copy has the shape of its original
  private Conversation marked(Conversation conversation, String open, String close) {
    return new Conversation(
        (List<Map<String, @Nullable Object>>) (Object) list(conversation.messages(), open, close),
        conversation.tools() == null ? null : list(conversation.tools(), open, close),
        conversation.documents() == null ? null : list(conversation.documents(), open, close),
        map(conversation.variables(), open, close));
  }

  private List<@Nullable Object> list(List<?> list, String open, String close) {
    List<@Nullable Object> copy = new ArrayList<>();
    list.forEach(item -> copy.add(value(item, open, close)));
    return copy;
  }

  private Map<String, @Nullable Object> map(Map<?, ?> map, String open, String close) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>();
    map.forEach((name, item) -> copy.put(String.valueOf(name), value(item, open, close)));
    return copy;
  }

  private @Nullable Object value(@Nullable Object value, String open, String close) {
    return switch (value) {
      case String text -> marked(text, open, close);
      case List<?> list -> list(list, open, close);
      case Map<?, ?> map -> map(map, open, close);
      case null, default -> value;
    };
  }

  private String marked(String text, String open, String close) {
    var out = new StringBuilder();
    int at = 0;
    for (Found found = next(text, 0); found != null; found = next(text, at)) {
      out.append(text, at, found.at()).append(open).append(found.spelling()).append(close);
      at = found.end();
    }
    return out.append(text.substring(at)).toString();
  }

  private record Found(int at, String spelling) {
    int end() {
      return at + spelling.length();
    }
  }

  /** The first spelling behind a place, the longest where several begin there. */
  private @Nullable Found next(String text, int from) {
    Found best = null;
    for (String spelling : spellings) {
      int at = text.indexOf(spelling, from);
      if (at >= 0
          && (best == null
              || at < best.at()
              || (at == best.at() && spelling.length() > best.spelling().length()))) {
        best = new Found(at, spelling);
      }
    }
    return best;
  }

  /** Cuts at the template's own special tokens; only segments with a mark need the plain way. */
  private long[] segments(String text, String open, String close) throws InputException {
    LongStream ids = LongStream.empty();
    var trusted = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      Found own = ownSpelling(text, at, open);
      int end = own == null ? text.length() : own.at();
      String segment = text.substring(at, end);
      if (segment.contains(open)) {
        ids = LongStream.concat(ids, LongStream.of(tokenizer.encode(trusted.toString(), false)));
        trusted.setLength(0);
        String unmarked = segment.replace(open, "").replace(close, "");
        ids = LongStream.concat(ids, LongStream.of(plain().encode(unmarked, false)));
      } else {
        trusted.append(segment);
      }
      if (own != null) {
        trusted.append(own.spelling());
      }
      at = own == null ? text.length() : own.end();
    }
    return LongStream.concat(ids, LongStream.of(tokenizer.encode(trusted.toString(), false)))
        .toArray();
  }

  /** The first spelling that is not behind an opening mark. */
  private @Nullable Found ownSpelling(String text, int from, String open) {
    Found found = next(text, from);
    while (found != null && found.at() > 0 && text.startsWith(open, found.at() - 1)) {
      found = next(text, found.end());
    }
    return found;
  }

  private TextTokenizer plain() throws InputException {
    TextTokenizer opened = plain;
    if (opened == null) {
      opened = tokenizer.withoutSpecialTokens();
      plain = opened;
    }
    return opened;
  }

  @Override
  public void close() {
    if (plain != null) {
      plain.close();
    }
  }
}
