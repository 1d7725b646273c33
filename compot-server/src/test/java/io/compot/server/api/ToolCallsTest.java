package io.compot.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ToolCallsTest {

  private static List<String> calls(String text) {
    return ToolCalls.of(text).calls().stream().map(call -> call.name() + call.arguments()).toList();
  }

  @Test
  void findsWhatFamiliesWrite() {
    assertThat(
            calls(
                "I look.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>\n"
                    + "<tool_call>{\"name\": \"g\", \"arguments\": {}}</tool_call>"))
        .containsExactly("f{\"a\":1}", "g{}");
    assertThat(calls(" {\"name\": \"f\", \"parameters\": {\"b\": [1.5, null]}} "))
        .containsExactly("f{\"b\":[1.5,null]}");
    assertThat(calls("[{\"name\": \"f\", \"arguments\": \"{}\"}, {\"name\": \"g\"}]"))
        .containsExactly("f{}", "g{}");
    assertThat(ToolCalls.of("I look.\n<tool_call>{\"name\":\"f\"}").content()).isEqualTo("I look.");
    var ids = ToolCalls.of("[{\"name\": \"f\"}, {\"name\": \"f\"}]").calls();
    assertThat(ids.get(0).id()).matches("[A-Za-z0-9]{9}").isNotEqualTo(ids.get(1).id());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "plain text",
        "{\"name\": 1}",
        "{\"a\": {\"name\": \"f\"}}",
        "[1, 2]",
        "{\"name\": \"f\"",
        "<tool_call>not JSON</tool_call>",
        "see {\"name\": \"f\"}"
      })
  void leavesOtherTextsAlone(String text) {
    assertThat(ToolCalls.of(text)).isEqualTo(new ToolCalls(text, List.of()));
  }

  /** However a text is cut, what is told is its content, and nothing of a call. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Hello <there>, 3 < 4 and <tool",
        "I look.<tool_call>{\"name\": \"f\"}</tool_call>",
        "{\"name\": \"f\", \"arguments\": {}}",
        "{ is a brace",
        "  [1, 2] is a list",
        "<tool_call>broken"
      })
  void tellsTheContentPieceByPiece(String whole) {
    for (int size = 1; size <= whole.length(); size++) {
      var text = new ChatText(true);
      var told = new StringBuilder();
      for (int at = 0; at < whole.length(); at += size) {
        told.append(text.next(whole.substring(at, Math.min(whole.length(), at + size))));
      }
      ToolCalls found = text.whole();
      told.append(text.rest(found));
      assertThat(told).as("pieces of %d", size).hasToString(ToolCalls.of(whole).content());
    }
  }

  @Test
  void withoutToolsEveryPieceIsTold() {
    var text = new ChatText(false);
    assertThat(text.next("{\"name\":") + text.next("\"f\"}")).isEqualTo("{\"name\":\"f\"}");
    assertThat(text.whole().calls()).isEmpty();
  }
}
