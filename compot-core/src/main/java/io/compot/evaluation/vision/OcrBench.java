package io.compot.evaluation.vision;

import io.compot.error.InputException;
import io.compot.evaluation.data.Wanted;
import io.compot.evaluation.vision.VisionItem.Verdict;
import io.compot.evaluation.vision.VisionMetric.Kind;
import io.compot.text.PythonSpace;
import io.compot.text.rows.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * OCRBench (arXiv 2305.07895): an answer is right where it contains one of the right ones. The
 * figure that is told is the sum by a thousand, however many rows are measured.
 */
final class OcrBench {

  private static final String TOLD = "ocrbench_accuracy";
  private static final String MEAN = "accuracy";
  private static final String FORMULAS = "HME100k";

  /** The part that each kind of question belongs to. */
  private static final Map<String, String> PARTS = parts();

  private OcrBench() {}

  private static Map<String, String> parts() {
    Map<String, String> parts = new LinkedHashMap<>();
    for (String kind :
        List.of(
            "Regular Text Recognition",
            "Irregular Text Recognition",
            "Artistic Text Recognition",
            "Handwriting Recognition",
            "Digit String Recognition",
            "Non-Semantic Text Recognition")) {
      parts.put(kind, "Text Recognition");
    }
    for (String kind :
        List.of(
            "Scene Text-centric VQA",
            "Doc-oriented VQA",
            "Key Information Extraction",
            "Handwritten Mathematical Expression Recognition")) {
      parts.put(kind, kind);
    }
    return parts;
  }

  static VisionTask task() {
    List<VisionMetric> metrics = new ArrayList<>();
    metrics.add(new VisionMetric(TOLD, Kind.OF_A_THOUSAND));
    metrics.add(new VisionMetric(MEAN, Kind.MEAN));
    PARTS.values().stream()
        .distinct()
        .forEach(part -> metrics.add(new VisionMetric(part, Kind.MEAN)));
    return new VisionTask(
        "ocrbench",
        Wanted.of("ocrbench"),
        "test",
        128,
        List.copyOf(metrics),
        VisionTask.each(OcrBench::item));
  }

  static VisionItem item(Row row) throws InputException {
    String kind = row.text("question_type");
    String part = PARTS.get(kind);
    if (part == null) {
      throw row.refuse("question_type", "there is no kind of question " + kind);
    }
    String dataset = row.text("dataset");
    List<String> answers =
        row.columns().path("answer").isString() ? List.of(row.text("answer")) : row.texts("answer");
    return new VisionItem(
        row,
        List.of("image"),
        PythonSpace.strip(row.text("question")),
        answer -> {
          Verdict verdict = Verdict.of(right(dataset, answers, answer));
          return Map.of(TOLD, verdict, MEAN, verdict, part, verdict);
        });
  }

  static boolean right(String dataset, List<String> answers, String said) {
    boolean formulas = dataset.equals(FORMULAS);
    String own = formulas ? formula(said) : plain(said);
    return answers.stream().anyMatch(each -> own.contains(formulas ? formula(each) : plain(each)));
  }

  private static String formula(String text) {
    return PythonSpace.strip(text).replace("\n", " ").replace(" ", "");
  }

  private static String plain(String text) {
    var narrow = new StringBuilder();
    text.codePoints().forEach(c -> narrow.appendCodePoint(narrow(c)));
    return PythonSpace.strip(narrow.toString().toLowerCase(Locale.ROOT)).replace("\n", " ");
  }

  /** Full-width ASCII, as it is in other scripts. */
  private static int narrow(int c) {
    if (c == 0x3000) {
      return ' ';
    }
    return c >= 0xFF01 && c <= 0xFF5E ? c - 0xFEE0 : c;
  }
}
