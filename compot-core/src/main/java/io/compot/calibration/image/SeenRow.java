package io.compot.calibration.image;

import io.compot.chat.Conversation;
import io.compot.error.CompotException;
import io.compot.model.PatchLayout;
import io.compot.model.TokenLayout;
import io.compot.vision.ConversationImages;
import io.compot.vision.Processor;
import io.compot.vision.SeenPrompt;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A row of text and images. Images are read again when their pixels are asked for, so that memory
 * holds those of one row.
 *
 * @param folder that names of files begin in
 * @param text its tokens, with one for each image
 * @param tokens with as many for each image as it takes
 */
record SeenRow(
    Processor processor,
    Conversation chat,
    Path folder,
    List<Long> text,
    List<Long> tokens,
    TokenLayout layout,
    PatchLayout patches) {

  static SeenRow of(Processor processor, Conversation chat, Path folder, long[] text)
      throws CompotException {
    SeenPrompt prompt = processor.prompt(text, ConversationImages.of(chat, folder));
    return new SeenRow(
        processor,
        chat,
        folder,
        list(text),
        list(prompt.tokens()),
        prompt.layout(),
        prompt.patches());
  }

  private static List<Long> list(long[] numbers) {
    return Arrays.stream(numbers).boxed().toList();
  }

  /** The same with its images in memory. */
  SeenPrompt prompt() throws CompotException {
    return processor.prompt(
        text.stream().mapToLong(Long::longValue).toArray(), ConversationImages.of(chat, folder));
  }
}
