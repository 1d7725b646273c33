package io.compot.server.api;

import java.util.List;

/** The text of one answer as it comes: what may become a call of a tool is held back. */
final class ChatText {

  private final boolean tools;
  private final StringBuilder text = new StringBuilder();
  private int told;

  /**
   * @param tools whether there may be calls
   */
  ChatText(boolean tools) {
    this.tools = tools;
  }

  /** What can be told behind a piece. */
  String next(String piece) {
    text.append(piece);
    if (!tools) {
      told = text.length();
      return piece;
    }
    if (ToolCalls.mayBeBare(text.toString())) {
      return "";
    }
    int end = clearEnd();
    String now = text.substring(told, end);
    told = end;
    return now;
  }

  /** Where what is no call ends, as far as can be told. */
  private int clearEnd() {
    int tag = text.indexOf(ToolCalls.TAG);
    if (tag >= 0) {
      return Math.max(told, tag);
    }
    int held = 0;
    for (int n = 1; n < ToolCalls.TAG.length(); n++) {
      if (text.toString().endsWith(ToolCalls.TAG.substring(0, n))) {
        held = n;
      }
    }
    return Math.max(told, text.length() - held);
  }

  /** The whole, at its end; its content begins with what was told. */
  ToolCalls whole() {
    return tools ? ToolCalls.of(text.toString()) : new ToolCalls(text.toString(), List.of());
  }

  /** What is left to be told of the content. */
  String rest(ToolCalls whole) {
    String content = whole.content();
    return content.length() <= told ? "" : content.substring(told);
  }
}
