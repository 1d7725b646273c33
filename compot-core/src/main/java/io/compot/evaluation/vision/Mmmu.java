package io.compot.evaluation.vision;

import io.compot.error.InputException;
import io.compot.evaluation.data.Wanted;
import io.compot.evaluation.python.PythonLiteral;
import io.compot.evaluation.python.PythonRandom;
import io.compot.evaluation.vision.VisionItem.Verdict;
import io.compot.evaluation.vision.VisionMetric.Kind;
import io.compot.text.PythonSpace;
import io.compot.text.rows.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * MMMU (arXiv 2311.16502), validation. What lmms-eval makes of it has two oddities, which are kept
 * where its figure is told: answers that choose no letter are guessed at random, here by Python's
 * generator and seed 0, in the order of the rows; and open questions always count as wrong. Beside
 * it stands what MMMU's own functions say of open questions.
 */
final class Mmmu {

  private static final String TOLD = "mmmu_acc";
  private static final String OFFICIAL = "mmmu_acc_open_as_published";
  private static final Pattern IMAGE = Pattern.compile("<image ([1-7])>");
  private static final Pattern WORDS = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);
  private static final List<String> TRIMMED = List.of(",", ".", "!", "?", ";", ":", "'");
  private static final int LONG = 5;

  private static final Map<String, List<String>> DOMAINS = domains();

  private Mmmu() {}

  private static Map<String, List<String>> domains() {
    Map<String, List<String>> domains = new LinkedHashMap<>();
    domains.put("Art and Design", List.of("Art", "Art_Theory", "Design", "Music"));
    domains.put("Business", List.of("Accounting", "Economics", "Finance", "Manage", "Marketing"));
    domains.put("Science", List.of("Biology", "Chemistry", "Geography", "Math", "Physics"));
    domains.put(
        "Health and Medicine",
        List.of(
            "Basic_Medical_Science",
            "Clinical_Medicine",
            "Diagnostics_and_Laboratory_Medicine",
            "Pharmacy",
            "Public_Health"));
    domains.put(
        "Humanities and Social Science",
        List.of("History", "Literature", "Sociology", "Psychology"));
    domains.put(
        "Tech and Engineering",
        List.of(
            "Agriculture",
            "Architecture_and_Engineering",
            "Computer_Science",
            "Electronics",
            "Energy_and_Power",
            "Materials",
            "Mechanical_Engineering"));
    return domains;
  }

  static VisionTask task() {
    List<VisionMetric> metrics = new ArrayList<>();
    metrics.add(new VisionMetric(TOLD, Kind.MEAN_OF_FIVE_PLACES));
    metrics.add(new VisionMetric(OFFICIAL, Kind.MEAN));
    DOMAINS.keySet().forEach(domain -> metrics.add(new VisionMetric(domain, Kind.MEAN)));
    return new VisionTask(
        "mmmu_val",
        Wanted.of("mmmu").inParts().config("data"),
        "validation",
        128,
        List.copyOf(metrics),
        rows -> {
          var random = new PythonRandom(0);
          var items = new ArrayList<VisionItem>();
          for (Row row : rows) {
            items.add(item(row, random));
          }
          return items;
        });
  }

  static VisionItem item(Row row, PythonRandom random) throws InputException {
    String question = row.text("question");
    List<String> options = options(row);
    boolean choice = row.text("question_type").equals("multiple-choice");
    if (choice && options.isEmpty()) {
      throw row.refuse("options", "there is nothing to choose from");
    }
    String gold = row.text("answer");
    String domain = domain(row);
    var numbers = new TreeSet<String>();
    IMAGE
        .matcher(question + "\n" + String.join("\n", options))
        .results()
        .forEach(match -> numbers.add(match.group(1)));
    return new VisionItem(
        row,
        numbers.stream().map(number -> "image_" + number).toList(),
        prompt(question, options, choice),
        answer -> {
          boolean right = choice && letter(answer, options, random).equals(gold);
          boolean official =
              choice ? right : OpenAnswer.right(OpenAnswer.parse(answer), answers(gold));
          return Map.of(
              TOLD, Verdict.of(right), OFFICIAL, Verdict.of(official), domain, Verdict.of(right));
        });
  }

  private static List<String> options(Row row) throws InputException {
    try {
      return texts(PythonLiteral.parse(row.text("options")));
    } catch (IllegalArgumentException e) {
      throw row.refuse("options", "this is no list of Python's: " + e.getMessage());
    }
  }

  private static List<String> texts(Object parsed) {
    List<String> texts = new ArrayList<>();
    if (!(parsed instanceof List<?> list)) {
      throw new IllegalArgumentException("it is no list");
    }
    list.forEach(each -> texts.add(String.valueOf(each)));
    return texts;
  }

  /** One right answer, or a list of them. */
  static List<String> answers(String gold) {
    if (gold.startsWith("[")) {
      try {
        return texts(PythonLiteral.parse(gold));
      } catch (IllegalArgumentException _) {
        return List.of(gold);
      }
    }
    return List.of(gold);
  }

  private static String domain(Row row) throws InputException {
    String id = row.text("id");
    int from = id.indexOf('_');
    int to = id.lastIndexOf('_');
    String subject = from < 0 || to <= from ? id : id.substring(from + 1, to);
    for (var each : DOMAINS.entrySet()) {
      if (each.getValue().contains(subject)) {
        return each.getKey();
      }
    }
    throw row.refuse("id", "there is no subject " + subject);
  }

  /** Of open questions it says that there are options, and has none. */
  static String prompt(String question, List<String> options, boolean choice) {
    if (!choice) {
      return "Question: "
          + question
          + "\nOptions:\n\nPlease select the correct answer from the options above.";
    }
    var text = new StringBuilder("Question: ").append(question).append("\nOptions:\n");
    for (int i = 0; i < options.size(); i++) {
      text.append(letter(i)).append(". ").append(options.get(i)).append('\n');
    }
    return text.append("Answer with the option letter only.").toString();
  }

  private static String letter(int option) {
    return Character.toString('A' + option);
  }

  /** The letter that an answer chooses; at random where it chooses none. */
  static String letter(String answer, List<String> options, PythonRandom random) {
    int chosen = chosen(answer, options);
    return letter(chosen < 0 ? random.below(options.size()) : chosen);
  }

  /**
   * The option that an answer chooses, {@code parse_multi_choice_response}; -1 where it does not.
   */
  static int chosen(String answer, List<String> options) {
    String trimmed = PythonSpace.strip(answer);
    for (String mark : TRIMMED) {
      trimmed = McqAnswer.strip(trimmed, mark.charAt(0));
    }
    String text = " " + trimmed + " ";
    List<Integer> found = standing(text, options, "(", ")");
    boolean bracketed = !found.isEmpty();
    if (found.isEmpty()) {
      found = standing(text, options, "", " ");
    }
    if (found.isEmpty()) {
      found = standing(text, options, "", ".");
    }
    boolean named = false;
    if (found.isEmpty() && words(text) > LONG) {
      String lower = text.toLowerCase(Locale.ROOT);
      for (int i = 0; i < options.size(); i++) {
        if (lower.contains(options.get(i).toLowerCase(Locale.ROOT))) {
          found.add(i);
        }
      }
      named = !found.isEmpty();
    }
    int best = -1;
    int last = Integer.MIN_VALUE;
    for (int option : found) {
      int place = place(text, options.get(option), letter(option), bracketed, named);
      if (found.size() == 1 || place > last) {
        best = option;
        last = place;
      }
    }
    return best;
  }

  private static int place(
      String text, String option, String letter, boolean bracketed, boolean named) {
    if (named) {
      return text.toLowerCase(Locale.ROOT).lastIndexOf(option.toLowerCase(Locale.ROOT));
    }
    return text.lastIndexOf(bracketed ? "(" + letter + ")" : " " + letter + " ");
  }

  private static List<Integer> standing(
      String text, List<String> options, String before, String after) {
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      if (text.contains(before + letter(i) + after)) {
        found.add(i);
      }
    }
    return found;
  }

  private static int words(String text) {
    String stripped = PythonSpace.strip(text);
    return stripped.isEmpty() ? 0 : WORDS.split(stripped).length;
  }
}
