package io.compot.evaluation.vision;

import io.compot.error.InputException;
import io.compot.evaluation.data.Wanted;
import io.compot.evaluation.vision.VisionItem.Verdict;
import io.compot.evaluation.vision.VisionMetric.Kind;
import io.compot.text.PythonSpace;
import io.compot.text.rows.Row;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** RealWorldQA: a letter, a word or a number; questions say themselves how to answer. */
final class RealWorldQa {

  private static final String EXACT = "exact_match";
  private static final List<String> LETTERS = List.of("A", "B", "C", "D");

  private RealWorldQa() {}

  static VisionTask task() {
    return new VisionTask(
        "realworldqa",
        Wanted.of("realworldqa"),
        "test",
        16,
        List.of(new VisionMetric(EXACT, Kind.MEAN)),
        VisionTask.each(RealWorldQa::item));
  }

  static VisionItem item(Row row) throws InputException {
    String gold = row.text("answer");
    return new VisionItem(
        row,
        List.of("image"),
        PythonSpace.strip(row.text("question")),
        answer -> Map.of(EXACT, Verdict.of(right(answer, gold))));
  }

  static boolean right(String answer, String given) {
    String gold = PythonSpace.strip(given);
    if (LETTERS.contains(gold.toUpperCase(Locale.ROOT))) {
      return McqAnswer.extract(answer, LETTERS).equals(gold.toUpperCase(Locale.ROOT));
    }
    String said = PythonSpace.strip(answer.toLowerCase(Locale.ROOT));
    while (said.endsWith(".")) {
      said = said.substring(0, said.length() - 1);
    }
    return said.equals(gold.toLowerCase(Locale.ROOT));
  }
}
