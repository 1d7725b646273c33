package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.testing.SmallDemo;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EvalTest {

  private static final Path MODEL = Path.of("../demo/model");

  @TempDir private Path folder;

  private Path text(String name, int characters) throws Exception {
    String stories = Files.readString(Path.of("../demo/heldout.txt"));
    return Files.writeString(folder.resolve(name), stories.substring(0, characters));
  }

  private Path results(String name, Object... arguments) {
    Path file = folder.resolve(name);
    Object[] all = new Object[arguments.length + 5];
    all[0] = "eval";
    all[1] = MODEL;
    all[2] = "--quiet";
    all[3] = "--json";
    all[4] = file;
    System.arraycopy(arguments, 0, all, 5, arguments.length);
    Ran ran = Ran.compot(all);
    assertThat(ran.code()).as(ran.err()).isZero();
    return file;
  }

  private static JsonNode json(String text) {
    return JsonMapper.builder().build().readTree(text);
  }

  @Test
  void resultsHoldAllThatIsNeededToRepeatThem() throws Exception {
    Path text = text("a.txt", 20_000);
    JsonNode all =
        json(Files.readString(results("r.json", "--perplexity", text, "--against", MODEL)));
    assertThat(all.path("versions").propertyNames()).contains("compot", "java", "libtorch");
    assertThat(all.path("inputs").propertyNames())
        .contains("config.json", "tokenizer.json", "model.safetensors");
    JsonNode perplexity = all.path("results").path(0);
    assertThat(perplexity.path("samples").size())
        .isEqualTo(perplexity.path("protocol").path("windows").intValue());
    double mean = 0;
    for (JsonNode each : perplexity.path("samples")) {
      mean += each.doubleValue() / perplexity.path("samples").size();
    }
    assertThat(perplexity.path("value").doubleValue())
        .isCloseTo(Math.exp(-mean), org.assertj.core.api.Assertions.within(1e-9));
    assertThat(perplexity.path("standard_error").doubleValue()).isPositive();
    JsonNode fidelity = all.path("results").path(1);
    assertThat(fidelity.path("value").doubleValue()).isZero();
    assertThat(fidelity.path("protocol").path("original")).isEqualTo(all.path("inputs"));
  }

  @Test
  void comparesTwoResults() throws Exception {
    Path text = text("a.txt", 20_000);
    Path first = results("first.json", "--perplexity", text);
    Path same = results("same.json", "--perplexity", text);
    Ran alike = Ran.compot("eval", "--compare", first, same);
    assertThat(alike.code()).isZero();
    assertThat(alike.out()).contains("token_perplexity").contains("+0.0000").contains("noise");
    Ran machine = Ran.compot("eval", "--compare", first, same, "--json");
    JsonNode entry = json(machine.out()).path("comparisons").path(0);
    assertThat(entry.path("difference").doubleValue()).isZero();
    assertThat(entry.path("more_than_noise").booleanValue()).isFalse();

    Path narrow = results("narrow.json", "--perplexity", text, "--window", 64);
    refused("window: 128 and 64", first, narrow);
    Path other = results("other.json", "--perplexity", text("b.txt", 20_001));
    refused("sha256: ", first, other);
    refused("there is no such file", first, folder.resolve("none.json"));
    refused("not valid JSON", first, text);
    assertThat(Ran.compot("eval", "--compare", first).code()).isEqualTo(2);
    Ran both = Ran.compot("eval", MODEL, "--compare", first, same);
    assertThat(both.code()).isEqualTo(2);
    assertThat(both.errLines().getFirst()).contains("measures nothing");
  }

  /** A damaged model differs by more than noise, and the sign says which way. */
  @Test
  void tellsDamageFromNoise() throws Exception {
    Path text = text("a.txt", 20_000);
    Path smaller = SmallDemo.compressed();
    Path before = results("before.json", "--perplexity", text);
    Path after = folder.resolve("after.json");
    assertThat(Ran.compot("eval", smaller, "--perplexity", text, "--json", after, "--quiet").code())
        .isZero();
    assertThat(Ran.compot("eval", "--compare", before, after).out()).contains("second is worse");
    assertThat(Ran.compot("eval", "--compare", after, before).out()).contains("second is better");
  }

  /** A broken data set behind a good one ends the command; mended, it goes on with the second. */
  @Test
  void goesOnWhereItEnded() throws Exception {
    Path text = text("a.txt", 20_000);
    Path file = folder.resolve("r.json");
    Path data = Files.writeString(folder.resolve("q.jsonl"), "{\"q\": \"Lily has a cat.\"}\n");
    Path task =
        Files.writeString(
            folder.resolve("t.yaml"), "name: t\nkind: perplexity\ndata: q.jsonl\ntext: \"{z}\"\n");
    Object[] command = {
      "eval", MODEL, "--perplexity", text, "--tasks", task, "--json", file, "--quiet"
    };
    Ran ended = Ran.compot(command);
    assertThat(ended.code()).isEqualTo(3);
    assertThat(file).doesNotExist();
    assertThat(folder.resolve(".r.json.compot-work")).exists();

    Path other = text("b.txt", 20_001);
    Object[] changed = command.clone();
    changed[3] = other;
    Ran refused = Ran.compot(changed);
    assertThat(refused.code()).isEqualTo(3);
    assertThat(refused.errLines()).singleElement().asString().contains("other inputs: text (was ");
    Object[] wider = java.util.Arrays.copyOf(command, command.length + 2);
    wider[command.length] = "--window";
    wider[command.length + 1] = 64;
    assertThat(Ran.compot(wider).errLines().getFirst())
        .contains("other settings: window (was the model's, is 64)");

    Files.writeString(task, Files.readString(task).replace("{z}", "{q}"));
    Object[] loud = java.util.Arrays.copyOf(command, command.length - 1);
    Ran resumed = Ran.compot(loud);
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(resumed.err()).contains("perplexity: measured before");
    assertThat(folder.resolve(".r.json.compot-work")).doesNotExist();
    JsonNode whole =
        json(Files.readString(results("s.json", "--perplexity", text, "--tasks", task)));
    JsonNode both = json(Files.readString(file));
    assertThat(data).exists();
    for (int i = 0; i < 4; i++) {
      assertThat(both.path("results").path(i).path("value"))
          .isEqualTo(whole.path("results").path(i).path("value"));
      assertThat(both.path("results").path(i).path("samples"))
          .isEqualTo(whole.path("results").path(i).path("samples"));
    }
  }

  private static void refused(String message, Path first, Path second) {
    Ran ran = Ran.compot("eval", "--compare", first, second);
    assertThat(ran.code()).isEqualTo(3);
    assertThat(ran.errLines()).singleElement().asString().contains(message);
    assertThat(ran.out()).isEmpty();
  }

  @Test
  void measuresTheFirstWindowsAlone() throws Exception {
    Path all = folder.resolve("all.json");
    Path first = folder.resolve("first.json");
    Path heldout = folder.resolve("heldout.txt");
    Files.writeString(
        heldout, Files.readString(Path.of("../demo/heldout.txt")).substring(0, 30_000));
    assertThat(Ran.compot("eval", "../demo/model", "--perplexity", heldout, "--json", all).code())
        .isZero();
    Ran ran =
        Ran.compot(
            "eval", "../demo/model", "--perplexity", heldout, "--windows", 5, "--json", first);
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out().replaceAll("\\s+", " ")).contains("5 non-overlapping windows");
    JsonNode five = JsonMapper.shared().readTree(Files.readString(first)).path("results").get(0);
    JsonNode whole = JsonMapper.shared().readTree(Files.readString(all)).path("results").get(0);
    assertThat(five.path("samples").size()).isEqualTo(5);
    for (int i = 0; i < 5; i++) {
      assertThat(five.path("samples").get(i).asDouble())
          .isCloseTo(whole.path("samples").get(i).asDouble(), within(1e-4));
    }
    assertThat(Ran.compot("eval", "../demo/model", "--perplexity", heldout, "--windows", 0).code())
        .isEqualTo(2);
  }
}
