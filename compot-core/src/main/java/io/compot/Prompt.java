package io.compot;

import io.compot.chat.Conversation;
import io.compot.vision.SeenPrompt;
import java.time.Clock;
import java.time.ZoneId;
import java.util.List;

/** What a model continues. */
public sealed interface Prompt {

  /** A text; what the tokenizer adds around texts is added. */
  record Text(String text) implements Prompt {}

  /** Tokens, taken as they are. */
  record Tokens(List<Integer> tokens) implements Prompt {

    public Tokens {
      tokens = List.copyOf(tokens);
    }
  }

  /** A conversation with images that were read; see {@link SharedModel#ready}. */
  record Seen(SeenPrompt prompt) implements Prompt {}

  /**
   * A conversation, by the model's chat template.
   *
   * @param clock what templates that write the date read
   * @param trusted whether special tokens that a message spells are special; if not, they are text
   */
  record Chat(Conversation conversation, Clock clock, boolean trusted) implements Prompt {

    /** By the system's clock; messages are only text. */
    public Chat(Conversation conversation) {
      this(conversation, Clock.system(ZoneId.systemDefault()), false);
    }
  }
}
