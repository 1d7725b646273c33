package io.compot;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Packages import only downwards: each room may use only the rooms named beside it. */
class ArchitectureTest {

  private static final Map<String, List<String>> MAY_IMPORT = new LinkedHashMap<>();

  static {
    MAY_IMPORT.put("error", List.of());
    MAY_IMPORT.put("progress", List.of("error"));
    MAY_IMPORT.put("journal", List.of("error"));
    MAY_IMPORT.put("text", List.of("error"));
    MAY_IMPORT.put("tensor", List.of("error"));
    MAY_IMPORT.put("file", List.of("error"));
    MAY_IMPORT.put("gguf", List.of("error", "file"));
    MAY_IMPORT.put("grouped", List.of());
    MAY_IMPORT.put("factor", List.of("error", "tensor"));
    MAY_IMPORT.put("checkpoint", List.of("error", "file", "tensor", "factor"));
    MAY_IMPORT.put("model", List.of("error", "tensor", "factor", "checkpoint"));
    MAY_IMPORT.put(
        "calibration",
        List.of("error", "progress", "journal", "text", "tensor", "factor", "checkpoint", "model"));
    MAY_IMPORT.put("method", List.of("error", "tensor", "factor"));
    MAY_IMPORT.put("allocation", List.of("error", "tensor", "factor"));
    MAY_IMPORT.put(
        "evaluation", List.of("error", "progress", "text", "tensor", "checkpoint", "model"));
    MAY_IMPORT.put("report", List.of());
    MAY_IMPORT.put(
        "pipeline",
        List.of(
            "error",
            "progress",
            "journal",
            "text",
            "tensor",
            "factor",
            "checkpoint",
            "model",
            "calibration",
            "method",
            "allocation",
            "report"));
  }

  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.compot");

  @Test
  void roomsImportOnlyDownwards() {
    MAY_IMPORT.forEach((room, allowed) -> {
      String[] forbidden =
          MAY_IMPORT.keySet().stream()
              .filter(other -> !other.equals(room) && !allowed.contains(other))
              .map(other -> "io.compot." + other + "..")
              .toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage("io.compot." + room + "..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(forbidden)
          .orShould()
          .dependOnClassesThat()
          .resideInAPackage("io.compot")
          .check(classes);
    });
  }

  @Test
  void noCycles() {
    slices().matching("io.compot.(*)..").should().beFreeOfCycles().check(classes);
  }
}
