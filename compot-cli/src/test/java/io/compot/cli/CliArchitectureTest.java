package io.compot.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The commands are thin over the Java API. */
class CliArchitectureTest {

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.compot.cli");

  @Test
  void noMathematicsHere() {
    noClasses().should().dependOnClassesThat().resideInAPackage("org.bytedeco..").check(CLASSES);
  }

  @Test
  void onlyTheJavaApiAndItsValues() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.compot.tensor..",
            "io.compot.checkpoint..",
            "io.compot.model..",
            "io.compot.method..",
            "io.compot.calibration..")
        .check(CLASSES);
  }

  /**
   * The core's jar holds its JSON library under another name, so the two cannot share its types.
   */
  @Test
  void jsonIsTheCoresAlone() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("tools.jackson..", "com.fasterxml.jackson..")
        .check(CLASSES);
  }
}
