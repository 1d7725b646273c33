package io.compot.evaluation.vision;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.evaluation.python.PythonLiteral;
import io.compot.evaluation.python.PythonRandom;
import io.compot.evaluation.vision.VisionItem.Verdict;
import io.compot.testing.SharedData;
import io.compot.text.rows.Row;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** How answers are read and scored, against lmms-eval's own functions. */
class GoldenAnswersTest {

  private static JsonNode golden(String name) throws Exception {
    return JsonMapper.shared().readTree(SharedData.path("vision/golden/" + name + ".json"));
  }

  private static Row row(JsonNode columns) {
    return new Row(Path.of("golden"), 1, (ObjectNode) columns);
  }

  private static List<String> letters(String letters) {
    return letters.chars().mapToObj(Character::toString).toList();
  }

  @Test
  void lettersAreFound() throws Exception {
    for (JsonNode each : golden("mcq_extract").get("cases")) {
      String choices = each.get("choices").stringValue();
      assertThat(
              McqAnswer.extract(
                  each.get("response").stringValue(),
                  letters(choices.isEmpty() ? "ABCDEFGH" : choices)))
          .as(each.toString())
          .isEqualTo(each.get("extracted").stringValue());
    }
  }

  private static List<String> options(JsonNode doc) {
    return ((List<?>) PythonLiteral.parse(doc.get("options").stringValue()))
        .stream().map(String::valueOf).toList();
  }

  @Test
  void choicesOfMmmuAreFoundOrGuessed() throws Exception {
    for (JsonNode each : golden("mmmu").get("multiple_choice")) {
      String response = each.get("response").stringValue();
      List<String> options = options(each);
      boolean guessed = each.get("random_fallback").booleanValue();
      assertThat(Mmmu.chosen(response, options) < 0).as(each.toString()).isEqualTo(guessed);
      assertThat(Mmmu.letter(response, options, new PythonRandom(0)))
          .as(each.toString())
          .isEqualTo(
              each.get(guessed ? "parsed_if_python_random_seed_0_first_draw" : "parsed")
                  .stringValue());
    }
  }

  @Test
  void guessesArePythons() throws Exception {
    for (var each : golden("mmmu").get("python_random_choice").properties()) {
      var random = new PythonRandom(Long.parseLong(each.getKey()));
      for (char letter : each.getValue().get("choices4").stringValue().toCharArray()) {
        assertThat('A' + random.below(4)).isEqualTo(letter);
      }
    }
  }

  @Test
  void openAnswersOfMmmuAreReadAsItsAuthorsDo() throws Exception {
    for (JsonNode each : golden("mmmu").get("open")) {
      Set<Object> parsed = OpenAnswer.parse(each.get("response").stringValue());
      Set<Object> expected = new HashSet<>();
      for (JsonNode value : each.get("parse_open_response_as_set")) {
        if (value.isObject()) {
          expected.add(
              value.get("float").stringValue().equals("nan")
                  ? Double.NaN
                  : value.get("float").stringValue().startsWith("-")
                      ? Double.NEGATIVE_INFINITY
                      : Double.POSITIVE_INFINITY);
        } else {
          expected.add(value.isNumber() ? value.doubleValue() : value.stringValue());
        }
      }
      assertThat(parsed).as(each.toString()).isEqualTo(expected);
      assertThat(OpenAnswer.right(parsed, Mmmu.answers(each.get("answer").stringValue())))
          .as(each.toString())
          .isEqualTo(each.get("official_correct").booleanValue());
      assertThat(each.get("lmms_eval_correct").booleanValue()).isFalse();
    }
  }

  @Test
  void questionsOfMmmuAreWordedTheSame() throws Exception {
    for (JsonNode each : golden("mmmu").get("prompts")) {
      ObjectNode doc = (ObjectNode) each.get("doc").deepCopy();
      doc.put("id", "validation_Art_1").put("answer", "A");
      if (!doc.has("question_type")) {
        doc.put("question_type", "multiple-choice");
      }
      VisionItem item = Mmmu.item(row(doc), new PythonRandom(0));
      List<String> images = new ArrayList<>();
      String text = "";
      for (JsonNode part : each.get("qwen3_vl_content")) {
        if (part.has("image")) {
          images.add(part.get("image").stringValue());
        } else {
          text = part.get("text").stringValue();
        }
      }
      assertThat(item.text()).isEqualTo(text);
      assertThat(item.images()).isEqualTo(images);
    }
  }

  @Test
  void answersOfTheOthersAreScoredTheSame() throws Exception {
    for (JsonNode each : golden("ocrbench").get("scoring")) {
      List<String> answers =
          each.get("answer").isString()
              ? List.of(each.get("answer").stringValue())
              : each.get("answer").valueStream().map(JsonNode::stringValue).toList();
      assertThat(
              OcrBench.right(
                  each.get("dataset").stringValue(), answers, each.get("response").stringValue()))
          .as(each.toString())
          .isEqualTo(each.get("score").intValue() == 1);
    }
    for (JsonNode each : golden("realworldqa").get("scoring")) {
      assertThat(
              RealWorldQa.right(
                  each.get("response").stringValue(), each.get("answer").stringValue()))
          .as(each.toString())
          .isEqualTo(each.get("exact_match").doubleValue() == 1);
    }
    for (JsonNode each : golden("mmstar").get("scoring")) {
      ObjectNode doc = (ObjectNode) each.deepCopy();
      doc.put("question", "?");
      Map<String, Verdict> verdicts =
          MmStar.item(row(doc)).judge().of(each.get("response").stringValue());
      assertThat(verdicts.keySet())
          .isEqualTo(
              new HashSet<>(each.get("metrics").valueStream().map(JsonNode::stringValue).toList()));
      assertThat(requireNonNull(verdicts.get("average")).score())
          .as(each.toString())
          .isEqualTo(each.get("score").doubleValue());
    }
    for (JsonNode each : golden("mmstar").get("prompts")) {
      assertThat(MmStar.prompt(each.get("question").stringValue()))
          .isEqualTo(each.get("qwen3_vl").stringValue());
    }
  }

  private static double figure(VisionTask task, String metric, List<Verdict> verdicts) {
    return task.metrics().stream()
        .filter(each -> each.label().equals(metric))
        .findFirst()
        .orElseThrow()
        .of(verdicts);
  }

  @Test
  void figuresArePutTogetherTheSame() throws Exception {
    for (JsonNode each : golden("mmmu").get("aggregation")) {
      List<Verdict> verdicts = new ArrayList<>();
      for (JsonNode item : each.get("items")) {
        boolean choice = item.get("question_type").stringValue().equals("multiple-choice");
        verdicts.add(
            Verdict.of(choice && item.get("parsed_pred").get(0).equals(item.get("answer"))));
      }
      assertThat(figure(Mmmu.task(), "mmmu_acc", verdicts))
          .isEqualTo(each.get("mmmu_acc").doubleValue(), within(1e-9));
    }
    for (JsonNode each : golden("ocrbench").get("aggregation")) {
      List<Verdict> verdicts = new ArrayList<>();
      each.get("items")
          .forEach(item -> verdicts.add(Verdict.of(item.get("score").intValue() == 1)));
      assertThat(figure(OcrBench.task(), "ocrbench_accuracy", verdicts))
          .isEqualTo(each.get("ocrbench_accuracy").doubleValue(), within(1e-9));
    }
    for (JsonNode each : golden("realworldqa").get("aggregation")) {
      List<Verdict> verdicts = new ArrayList<>();
      each.get("scores").forEach(score -> verdicts.add(new Verdict(score.doubleValue(), "")));
      assertThat(figure(RealWorldQa.task(), "exact_match", verdicts))
          .isEqualTo(each.get("exact_match").doubleValue(), within(1e-9));
    }
    for (JsonNode each : golden("mmstar").get("aggregation")) {
      for (var metric : each.get("metrics").properties()) {
        List<Verdict> verdicts = new ArrayList<>();
        for (JsonNode item : each.get("items")) {
          if (metric.getKey().equals("average")
              || item.get("category").stringValue().equals(metric.getKey())) {
            verdicts.add(
                new Verdict(
                    item.get("score").doubleValue(), item.get("l2_category").stringValue()));
          }
        }
        assertThat(figure(MmStar.task(), metric.getKey(), verdicts))
            .as(metric.getKey())
            .isEqualTo(metric.getValue().doubleValue(), within(1e-9));
      }
    }
  }
}
