package io.compot.evaluation.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.error.CompotException;
import io.compot.evaluation.data.DataFile;
import io.compot.evaluation.data.DataFolder;
import io.compot.evaluation.request.Prompt;
import io.compot.testing.SharedData;
import io.compot.text.rows.Row;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The exact words of every task, written down by hand from the harness's task files. */
@SuppressWarnings("StringConcatToTextBlock") // where lines end is what is tested
class PromptsTest {

  @TempDir private Path own;

  private static Path resources() throws URISyntaxException {
    var folder = Objects.requireNonNull(PromptsTest.class.getResource("/tasks"));
    return Path.of(folder.toURI());
  }

  private static List<List<Prompt>> prompts(String name) throws Exception {
    return prompts(name, resources(), TaskOptions.defaults());
  }

  private static List<List<Prompt>> prompts(String name, Path folder, TaskOptions options)
      throws CompotException {
    Task task = StandardTasks.named(name).tasks().getFirst();
    return PreparedTask.of(task, new TaskData.InFolder(DataFolder.open(folder)), options).prompts();
  }

  private static List<Prompt> choices(String context, String... continuations) {
    return List.of(continuations).stream().map(each -> new Prompt(context, each)).toList();
  }

  private static int gold(String name, Path folder, int document) throws CompotException {
    Task task = StandardTasks.named(name).tasks().getFirst();
    Document asked =
        PreparedTask.of(
                task, new TaskData.InFolder(DataFolder.open(folder)), TaskOptions.defaults())
            .documents()
            .get(document);
    return switch (asked) {
      case Document.MultipleChoice choice -> choice.gold();
      case Document.Beginnings choice -> choice.gold();
      default -> -1;
    };
  }

  @Test
  void piqa() throws Exception {
    assertThat(prompts("piqa").get(1))
        .isEqualTo(
            choices(
                "Question: dresser\nAnswer:",
                " replace drawer with bobby pin ",
                " finish, woodgrain with  bobby pin "));
    assertThat(gold("piqa", resources(), 1)).isEqualTo(1);
  }

  @Test
  void hellaswag() throws Exception {
    List<List<Prompt>> prompts = prompts("hellaswag");
    assertThat(prompts.getFirst())
        .isEqualTo(
            choices(
                "Pole vault: Pole vault is a sport where you run with a pole and stop and swing"
                    + " your body. A few women",
                " go down a rock and stop.",
                " watch from around a pole vault.",
                " are in the wading pool.",
                " are in the gym practicing to do this pole vault, trying to do their best."));
    assertThat(gold("hellaswag", resources(), 0)).isEqualTo(3);
    // " [title]" becomes ". ", other brackets go, two spaces become one; the empty second part
    // leaves a space at the end, which is stripped.
    assertThat(prompts.get(1).getFirst())
        .isEqualTo(
            new Prompt(
                "Sports and Fitness: How to bowl the leg spinner's variations. To bowl a googly,"
                    + " you grip the ball the same as you would for a leg break but hold it so"
                    + " your palm faces away from you. As you bowl, you bring your elbow close to"
                    + " your head and cock your wrist so that back of your hand faces the batsman."
                    + " You spin the ball by rotating the fingers.",
                "  If you're outside, the batsman only looks at the batsman as they dribble.. If"
                    + " you're inside, the batsman lets you line up the batsman with you."));
  }

  /** Digest of what the harness's own {@code preprocess} makes of a thousand documents. */
  @Test
  void hellaswagAsTheHarnessCleansIt() throws Exception {
    List<Row> rows =
        DataFile.rows(SharedData.path("data/tasks/hellaswag_race/hellaswag_val_subset.jsonl"));
    List<String> texts = new ArrayList<>();
    for (Row row : rows) {
      if (HellaSwag.document(row) instanceof Document.MultipleChoice document) {
        texts.add(document.question());
        texts.addAll(document.choices());
      }
    }
    assertThat(sha256(String.join("\0", texts)))
        .isEqualTo("1f15fa18996e22cb7705ba1c00968fee5519434c945d90096ec05aed13d73f28");
  }

  static String sha256(String text) throws Exception {
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest);
  }

  @Test
  void lambada() throws Exception {
    Prompt prompt = prompts("lambada_openai").get(1).getFirst();
    assertThat(prompt.context()).endsWith("\"I can make it there on my own,");
    assertThat(prompt.continuation()).isEqualTo(" Shane");
  }

  @Test
  void arc() throws Exception {
    assertThat(prompts("arc_easy").getFirst())
        .isEqualTo(
            choices(
                "Question: Which technology was developed most recently?\nAnswer:",
                " cellular telephone",
                " television",
                " refrigerator",
                " airplane"));
    assertThat(gold("arc_easy", resources(), 1)).isEqualTo(2);
  }

  @Test
  void openbookqa() throws Exception {
    assertThat(prompts("openbookqa").get(1))
        .isEqualTo(
            choices(
                "Gas can fill any container it is given, and liquid",
                " is standard weight and size",
                " is the opposite of variable",
                " only needs a few",
                " uses what it needs"));
    assertThat(gold("openbookqa", resources(), 1)).isEqualTo(3);
  }

  @Test
  void boolq() throws Exception {
    assertThat(prompts("boolq").getFirst())
        .isEqualTo(
            choices(
                "The season is set for release in 2019.\n"
                    + "Question: are they going to make a punisher season 2?\n"
                    + "Answer:",
                " no",
                " yes"));
    assertThat(gold("boolq", resources(), 0)).isEqualTo(1);
  }

  @Test
  void winogrande() throws Exception {
    List<List<Prompt>> prompts = prompts("winogrande");
    String before = "Sarah was a much better surgeon than Maria so ";
    assertThat(prompts.getFirst())
        .containsExactly(
            new Prompt(before + "Sarah", " always got the easier cases."),
            new Prompt(before + "Maria", " always got the easier cases."));
    assertThat(prompts.get(1).get(1).context()).endsWith("more safe to work at the factory");
    assertThat(prompts.get(1).get(1).continuation()).isEqualTo(" .");
    assertThat(gold("winogrande", resources(), 0)).isEqualTo(1);
  }

  private static final String POLICY =
      "The following are multiple choice questions (with answers) about us foreign policy.\n\n";

  private static final String COUNCIL =
      "What is the structure of the United Nations Security Council?\n"
          + "A. 5 permanent members with veto power, 10 rotating members with no veto power\n"
          + "B. 5 permanent members and 10 rotating members, all with veto power\n"
          + "C. 10 permanent members with veto power, and 5 rotating members without veto power\n"
          + "D. 15 permanent members with veto power\n"
          + "Answer:";

  @Test
  void mmlu() throws Exception {
    List<List<Prompt>> prompts = prompts("mmlu_us_foreign_policy");
    assertThat(prompts).hasSize(2);
    assertThat(prompts.getFirst()).isEqualTo(choices(POLICY + COUNCIL, " A", " B", " C", " D"));
  }

  @Test
  void mmluTakesTheFirstExamples() throws Exception {
    List<List<Prompt>> prompts =
        prompts("mmlu_us_foreign_policy", resources(), TaskOptions.defaults().withShots(1));
    String example =
        "How did the 2008 financial crisis affect America's international reputation?\n"
            + "A. It damaged support for the US model of political economy and capitalism\n"
            + "B. It created anger at the United States for exaggerating the crisis\n"
            + "C. It increased support for American global leadership under President Obama\n"
            + "D. It reduced global use of the US dollar\n"
            + "Answer: A\n\n";
    assertThat(prompts.getFirst().get(2)).isEqualTo(new Prompt(POLICY + example + COUNCIL, " C"));
  }

  @Test
  void sciq() throws Exception {
    Files.writeString(
        own.resolve("sciq_test.jsonl"),
        """
        {"question": "What is wet?", "distractor3": "ash", "distractor1": "sand", \
        "distractor2": "salt", "correct_answer": "water", "support": "\\n Rain is water. "}
        {"question": "Why?", "distractor3": "c", "distractor1": "a", "distractor2": "b", \
        "correct_answer": "d", "support": ""}
        """);
    List<List<Prompt>> prompts = prompts("sciq", own, TaskOptions.defaults());
    assertThat(prompts.getFirst())
        .isEqualTo(
            choices(
                "Rain is water. \nQuestion: What is wet?\nAnswer:",
                " sand",
                " salt",
                " ash",
                " water"));
    assertThat(prompts.get(1).getFirst().context()).isEqualTo("\nQuestion: Why?\nAnswer:");
    assertThat(gold("sciq", own, 0)).isEqualTo(3);
  }

  private static final String RACE =
      "Article: Tom went home.\n\n"
          + "Question: Who went?\nAnswer: Tom\n"
          + "He went  home.\n"
          + "Why did he go?";

  @Test
  void raceAsksTheLastQuestionAndGivesTheOthers() throws Exception {
    Files.writeString(
        own.resolve("race_test.jsonl"),
        """
        {"article": "Tom went home.", "problems": "[{'question': 'Who went?', 'answer': 'B', \
        'options': ['Ann', 'Tom', 'Bob', 'Eve']}, {'question': 'He went   _  .', 'answer': 'A', \
        'options': ['home.', 'out.', 'on.', 'up.']}, {'question': 'Why did he go?', \
        'answer': 'D', 'options': [\\"It's late\\", 'b', 'c', 'd']}]"}
        """);
    assertThat(prompts("race", own, TaskOptions.defaults()).getFirst())
        .isEqualTo(choices(RACE, " It's late", " b", " c", " d"));
    assertThat(gold("race", own, 0)).isEqualTo(3);
  }

  @Test
  void raceGathersSingleQuestionsByArticle() throws Exception {
    Files.writeString(
        own.resolve("race_test.jsonl"),
        """
        {"example_id": "high1.txt", "article": "Tom went home.", "question": "Who went?", \
        "answer": "B", "options": ["Ann", "Tom", "Bob", "Eve"]}
        {"example_id": "middle9.txt", "article": "Other.", "question": "Who?", "answer": "A", \
        "options": ["a", "b", "c", "d"]}
        {"example_id": "high1.txt", "article": "Tom went home.", "question": "He went   _  .", \
        "answer": "A", "options": ["home.", "out.", "on.", "up."]}
        {"example_id": "high1.txt", "article": "Tom went home.", "question": "Why did he go?", \
        "answer": "D", "options": ["It's late", "b", "c", "d"]}
        """);
    List<List<Prompt>> prompts = prompts("race", own, TaskOptions.defaults());
    assertThat(prompts).hasSize(1);
    assertThat(prompts.getFirst()).isEqualTo(choices(RACE, " It's late", " b", " c", " d"));
  }

  @Test
  void drawsExamplesAnewForEachDocument() throws Exception {
    var train = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      train.append(arc("T" + i));
    }
    Files.writeString(own.resolve("arc_easy_train.jsonl"), train);
    Files.writeString(own.resolve("arc_easy_test.jsonl"), arc("E0") + arc("E1") + arc("E2"));
    List<List<Prompt>> prompts = prompts("arc_easy", own, TaskOptions.defaults().withShots(3));
    // random.Random(1234): sample(range(5), 3) gives [3, 0, 4], [0, 4, 2], [0, 4, 1].
    assertThat(prompts.stream().map(each -> each.getFirst().context()))
        .containsExactly(
            shots("T3", "T0", "T4") + "Question: E0\nAnswer:",
            shots("T0", "T4", "T2") + "Question: E1\nAnswer:",
            shots("T0", "T4", "T1") + "Question: E2\nAnswer:");
  }

  @Test
  void drawsOneMoreWhereThereIsNoTestSplit() throws Exception {
    var train = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      train.append(winogrande("T" + i));
    }
    Files.writeString(own.resolve("winogrande_train.jsonl"), train);
    Files.writeString(
        own.resolve("winogrande_validation.jsonl"),
        winogrande("E0") + winogrande("T4") + winogrande("E2"));
    List<List<Prompt>> prompts = prompts("winogrande", own, TaskOptions.defaults().withShots(2));
    // The same draws of three; two are used, and a document is no example for itself.
    assertThat(prompts.stream().map(each -> each.getFirst().context()))
        .containsExactly(
            "T3 b ends.\n\nT0 b ends.\n\nE0 a",
            "T0 b ends.\n\nT2 b ends.\n\nT4 a",
            "T0 b ends.\n\nT4 b ends.\n\nE2 a");
  }

  private static String winogrande(String name) {
    return "{\"sentence\": \"%s _ ends.\", \"option1\": \"a\", \"option2\": \"b\", \"answer\": \"2\"}\n"
        .formatted(name);
  }

  private static String arc(String question) {
    return ("{\"question\": \"%s\", \"choices\": {\"text\": [\"x\", \"right %s\"], \"label\":"
            + " [\"1\", \"2\"]}, \"answerKey\": \"2\"}\n")
        .formatted(question, question);
  }

  private static String shots(String... questions) {
    var text = new StringBuilder();
    for (String question : questions) {
      text.append("Question: %s\nAnswer: right %s\n\n".formatted(question, question));
    }
    return text.toString();
  }
}
