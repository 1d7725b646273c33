package io.compot.evaluation.vision;

import io.compot.error.InputException;
import io.compot.evaluation.data.Wanted;
import io.compot.evaluation.vision.VisionItem.Verdict;
import io.compot.evaluation.vision.VisionMetric.Kind;
import io.compot.text.PythonSpace;
import io.compot.text.rows.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** MMStar (arXiv 2403.20330): four letters, six categories of three kinds each. */
final class MmStar {

  private static final String AVERAGE = "average";
  private static final List<String> LETTERS = List.of("A", "B", "C", "D");
  private static final List<String> CATEGORIES =
      List.of(
          "coarse perception",
          "fine-grained perception",
          "instance reasoning",
          "logical reasoning",
          "science & technology",
          "math");

  private MmStar() {}

  static VisionTask task() {
    List<VisionMetric> metrics = new ArrayList<>();
    metrics.add(new VisionMetric(AVERAGE, Kind.MEAN_OF_PARTS));
    CATEGORIES.forEach(each -> metrics.add(new VisionMetric(each, Kind.MEAN_OF_PARTS)));
    return new VisionTask(
        "mmstar",
        Wanted.of("mmstar"),
        "validation",
        128,
        List.copyOf(metrics),
        VisionTask.each(MmStar::item));
  }

  static VisionItem item(Row row) throws InputException {
    String category = row.text("category");
    if (!CATEGORIES.contains(category)) {
      throw row.refuse("category", "there is no category " + category);
    }
    String kind = row.text("l2_category");
    String gold = PythonSpace.strip(row.text("answer")).toUpperCase(Locale.ROOT);
    return new VisionItem(
        row,
        List.of("image"),
        prompt(row.text("question")),
        answer -> {
          boolean right = McqAnswer.extract(answer, LETTERS).equals(gold);
          var verdict = new Verdict(right ? 1 : 0, kind);
          return Map.of(AVERAGE, verdict, category, verdict);
        });
  }

  /** Nothing stands between question and instruction. */
  static String prompt(String question) {
    return "Question: "
        + PythonSpace.strip(question).replace(" Please answer yes or no.", "")
        + "Answer with the option letter only.";
  }
}
