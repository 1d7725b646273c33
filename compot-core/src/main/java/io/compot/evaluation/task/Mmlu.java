package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.evaluation.data.Wanted;
import io.compot.text.PythonSpace;
import io.compot.text.rows.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** MMLU (Hendrycks et al. 2020, arXiv 2009.03300): 57 subjects in four groups. */
final class Mmlu {

  static final String NAME = "mmlu";

  /** Subjects by group, both in the harness's names. */
  static final Map<String, List<String>> SUBJECTS = subjects();

  private static final List<String> LETTERS = List.of("A", "B", "C", "D");

  private Mmlu() {}

  private static Map<String, List<String>> subjects() {
    Map<String, List<String>> groups = new LinkedHashMap<>();
    groups.put(
        "mmlu_stem",
        List.of(
            "abstract_algebra",
            "anatomy",
            "astronomy",
            "college_biology",
            "college_chemistry",
            "college_computer_science",
            "college_mathematics",
            "college_physics",
            "computer_security",
            "conceptual_physics",
            "electrical_engineering",
            "elementary_mathematics",
            "high_school_biology",
            "high_school_chemistry",
            "high_school_computer_science",
            "high_school_mathematics",
            "high_school_physics",
            "high_school_statistics",
            "machine_learning"));
    groups.put(
        "mmlu_other",
        List.of(
            "business_ethics",
            "clinical_knowledge",
            "college_medicine",
            "global_facts",
            "human_aging",
            "management",
            "marketing",
            "medical_genetics",
            "miscellaneous",
            "nutrition",
            "professional_accounting",
            "professional_medicine",
            "virology"));
    groups.put(
        "mmlu_social_sciences",
        List.of(
            "econometrics",
            "high_school_geography",
            "high_school_government_and_politics",
            "high_school_macroeconomics",
            "high_school_microeconomics",
            "high_school_psychology",
            "human_sexuality",
            "professional_psychology",
            "public_relations",
            "security_studies",
            "sociology",
            "us_foreign_policy"));
    groups.put(
        "mmlu_humanities",
        List.of(
            "formal_logic",
            "high_school_european_history",
            "high_school_us_history",
            "high_school_world_history",
            "international_law",
            "jurisprudence",
            "logical_fallacies",
            "moral_disputes",
            "moral_scenarios",
            "philosophy",
            "prehistory",
            "professional_law",
            "world_religions"));
    return groups;
  }

  /** The task of one subject. */
  static Task subject(String subject) {
    return new Task(
        NAME + "_" + subject,
        "1.0",
        Wanted.of(NAME).inParts(),
        "test",
        Optional.of(Shots.first("dev")),
        "The following are multiple choice questions (with answers) about "
            + subject.replace('_', ' ')
            + ".\n\n",
        " ",
        rows -> documents(rows, subject),
        List.of(Metric.ACC));
  }

  private static List<Example> documents(List<Row> rows, String subject) throws InputException {
    List<Example> examples = new ArrayList<>();
    for (Row row : rows) {
      if (row.text("subject").equals(subject)) {
        examples.add(new Example(row.columns(), document(row)));
      }
    }
    return examples;
  }

  private static Document document(Row row) throws InputException {
    List<String> choices = row.texts("choices");
    if (choices.size() != LETTERS.size()) {
      throw row.refuse("choices", "expected 4 choices, found " + choices.size());
    }
    var question = new StringBuilder(PythonSpace.strip(row.text("question")));
    for (int i = 0; i < LETTERS.size(); i++) {
      question.append('\n').append(LETTERS.get(i)).append(". ").append(choices.get(i));
    }
    return new Document.MultipleChoice(
        question.append("\nAnswer:").toString(), LETTERS, row.index("answer", LETTERS.size()));
  }
}
