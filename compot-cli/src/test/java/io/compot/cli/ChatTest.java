package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo's model under a chat template. */
class ChatTest {

  private static final Path DEMO = Path.of("..", "demo", "model").toAbsolutePath().normalize();
  private static final String TEMPLATE =
      "{% for m in messages %}{% if m.role not in ['system', 'user', 'assistant'] %}"
          + "{{ raise_exception('unknown role ' + m.role) }}{% endif %}"
          + "{{ m.role + ': ' + m.content + '\\n' }}{% endfor %}"
          + "{% if tools %}{{ tools | tojson }}{% endif %}"
          + "{% if add_generation_prompt %}{{ strftime_now('%Y') }} assistant:{% endif %}";

  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void copyModel() throws IOException {
    model = folder.resolve("model");
    Files.createDirectories(model);
    try (Stream<Path> files = Files.list(DEMO)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
    Files.writeString(model.resolve("chat_template.jinja"), TEMPLATE);
  }

  private Path messages(String json) throws IOException {
    return Files.writeString(folder.resolve("messages.json"), json);
  }

  @Test
  void rendersExactlyAndNothingElse() throws IOException {
    Path file = messages("[{\"role\": \"user\", \"content\": \"Hi {{ 1 }} \"}]");
    Ran ran =
        Ran.compot("chat", model, "--messages", file, "--render", "--now", "2031-01-05T09:07:03");
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).isEqualTo("user: Hi {{ 1 }} \n2031 assistant:");
    assertThat(ran.err()).isEmpty();
    Path whole =
        messages(
            "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"tools\": [{\"a\": 1.0}],"
                + " \"kwargs\": {\"add_generation_prompt\": false}}");
    assertThat(Ran.compot("chat", model, "--messages", whole, "--render").out())
        .isEqualTo("user: x\n[{\"a\": 1.0}]");
  }

  @Test
  void refusesInOneLine() throws IOException {
    Path file = messages("[{\"role\": \"narrator\", \"content\": \"x\"}]");
    Ran refused = Ran.compot("chat", model, "--messages", file, "--render");
    assertThat(refused.code()).isEqualTo(3);
    assertThat(refused.out()).isEmpty();
    assertThat(refused.errLines()).hasSize(1);
    assertThat(refused.err()).contains("unknown role narrator");
    Files.delete(model.resolve("chat_template.jinja"));
    Ran without = Ran.compot("chat", model, "--messages", file, "--render");
    assertThat(without.code()).isEqualTo(3);
    assertThat(without.err()).contains("no chat template");
  }

  @Test
  void answersFilesPromptsAndLines() throws IOException {
    Path file = messages("[{\"role\": \"user\", \"content\": \"Once upon a time\"}]");
    Object[] few = {"--max-tokens", "4", "--temperature", "0", "--now", "2026-01-05T09:07:03"};
    String answer = chat(few, "--messages", file).out();
    assertThat(answer.strip()).isNotEmpty();
    assertThat(chat(few, "--prompt", "Once upon a time").out()).isEqualTo(answer);
    Path saved = folder.resolve("saved.json");
    InputStream standardIn = System.in;
    try {
      String typed = "Once upon a time\n/stats\n/nothing\n/save " + saved + "\n/exit\nunread\n";
      System.setIn(new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)));
      Ran ran = chat(few);
      assertThat(ran.code()).as(ran.err()).isZero();
      assertThat(ran.out()).isEqualTo(answer);
      assertThat(ran.err()).contains("there is no /nothing").contains("2 messages in");
    } finally {
      System.setIn(standardIn);
    }
    Ran rendered = Ran.compot("chat", model, "--messages", saved, "--render");
    assertThat(rendered.out()).startsWith("user: Once upon a time\nassistant: ");
  }

  private Ran chat(Object[] few, Object... more) {
    return Ran.compot(
        Stream.of(new Object[] {"chat", model}, few, more).flatMap(Stream::of).toArray());
  }

  @Test
  void saysWhyAnAnswerIsEmpty() {
    Ran ran = Ran.compot("generate", model, "--prompt", "Once", "--logit-bias", "0=1000");
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.err()).contains("0 tokens").contains("--chat");
    assertThat(
            Ran.compot("generate", model, "--chat", "--prompt", "Once", "--max-tokens", "2").code())
        .isZero();
  }
}
