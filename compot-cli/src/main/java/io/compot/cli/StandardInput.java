package io.compot.cli;

import io.compot.error.InputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** What is piped into a command. */
final class StandardInput {

  private static final int LARGEST = 64 << 20;

  private StandardInput() {}

  /** All of it, as strict UTF-8, without the newline that ends it. */
  static String text() throws InputException {
    try {
      byte[] bytes = System.in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw new InputException(
            "standard input: more than %,d bytes; give a shorter prompt".formatted(LARGEST));
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    } catch (CharacterCodingException e) {
      throw new InputException("standard input: this is no UTF-8 text; save it as UTF-8", e);
    } catch (IOException e) {
      throw new InputException("standard input: cannot be read (" + e + "); pipe a text in", e);
    }
  }
}
