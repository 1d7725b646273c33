package io.compot;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Packages import only downwards: each room may use only the rooms named beside it. */
class ArchitectureTest {

  /** Above the table: the Java API, what is built on it, and the programs. */
  private static final Set<String> OUTSIDE =
      Set.of(
          "io.compot",
          "io.compot.comparison",
          "io.compot.server",
          "io.compot.server.api",
          "io.compot.server.http",
          "io.compot.langchain4j",
          "io.compot.spark",
          "io.compot.cli",
          "io.compot.benchmarks");

  /** Of use to every room; each of them to those behind it. */
  private static final List<String> BASEMENT =
      List.of("error", "progress", "file", "journal", "text.rows", "text", "setting");

  private static final Map<String, List<String>> MAY_IMPORT = new LinkedHashMap<>();

  static {
    for (int i = 0; i < BASEMENT.size(); i++) {
      MAY_IMPORT.put(BASEMENT.get(i), BASEMENT.subList(0, i));
    }
    room("kernel", "");
    room("gguf.block", "");
    room("gguf", "gguf.block");
    room("gguf.model", "gguf gguf.block");
    room("grouped", "");
    room("tensor", "");
    room("quantise", "tensor");
    room("form", "quantise tensor");
    room("safetensors", "form tensor");
    room("form.codec", "form kernel quantise safetensors tensor");
    room("tokenizer", "");
    room("chat.jinja", "");
    room("audio", "tensor");
    room("image", "tensor");
    room("chat", "chat.jinja tokenizer");
    room("foreign", "gguf gguf.block gguf.model grouped safetensors tensor");
    room("checkpoint", "foreign form form.codec safetensors tensor tokenizer");
    room("decode", "kernel");
    room("model", "checkpoint decode form form.codec kernel safetensors tensor quantise");
    room("speech", "audio checkpoint model tensor");
    room("vision", "chat checkpoint image model tensor");
    room("edit", "checkpoint model safetensors tensor tokenizer");
    room("calibration", "form model tensor");
    room("calibration.sound", "audio calibration checkpoint model speech tensor tokenizer");
    room("calibration.image", "calibration chat checkpoint image model tensor tokenizer vision");
    room("method", "form form.codec tensor");
    room("method.lowrank", "form form.codec method quantise tensor");
    room("method.sparse", "form form.codec method quantise tensor");
    room("method.quantised", "form form.codec method method.lowrank method.sparse quantise tensor");
    room("method.pruned", "form form.codec method quantise tensor");
    room("method.structured", "form method tensor");
    room("allocation.option", "form method");
    room("allocation.choice", "");
    room("allocation", "allocation.choice allocation.option form method");
    room("evaluation.python", "");
    room("evaluation.data", "evaluation.python");
    room("evaluation.result", "");
    room("evaluation.request", "evaluation.python model tensor tokenizer");
    room(
        "evaluation.task",
        "evaluation.data evaluation.python evaluation.request evaluation.result tensor");
    room("evaluation.fidelity", "model safetensors tensor");
    room("evaluation", "evaluation.data evaluation.request model tensor");
    room("evaluation.speech", "audio model speech tensor tokenizer");
    room("report", "");
    room(
        "recipe",
        "allocation allocation.option calibration form method method.lowrank method.pruned method.quantised method.sparse method.structured quantise tensor");
    room(
        "plan",
        "allocation allocation.option form form.codec method model quantise recipe safetensors tensor");
    room("result", "method plan report");
    room("search", "");
    room(
        "pipeline.task",
        "allocation.option calibration checkpoint form form.codec method model plan recipe result tensor");
    roomAboveAllBut("pipeline.pass", "evaluation report recipe result");
    roomAboveAllBut("pipeline.check", "evaluation report");
    roomAboveAllBut("pipeline.work", "evaluation report");
    roomAboveAllBut("pipeline.crew", "evaluation report");
    roomAboveAllBut("pipeline.train", "evaluation report recipe result pipeline.crew");
    roomAboveAllBut("pipeline", "evaluation report pipeline.crew");
    roomAboveAllBut("pipeline.prune", "evaluation report");
    roomAboveAllBut("guard", "edit pipeline.prune report");
    room("generation.grammar", "");
    room("generation", "generation.grammar model tensor");
    room("generation.batch", "generation model");
    room(
        "evaluation.vision",
        "chat evaluation.data evaluation.python evaluation.result evaluation.task generation image model tensor tokenizer vision");
    room("export", "checkpoint form form.codec model safetensors tensor");
    room("export.transformers", "checkpoint export form form.codec model safetensors");
    room(
        "export.grouped",
        "checkpoint export form form.codec grouped model quantise safetensors tensor");
    room(
        "export.gguf",
        "calibration checkpoint export form form.codec gguf gguf.block gguf.model model quantise"
            + " safetensors tensor tokenizer");
  }

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.compot");

  private static void room(String name, String mayImport) {
    List<String> rooms = new ArrayList<>(BASEMENT);
    if (!mayImport.isEmpty()) {
      rooms.addAll(List.of(mayImport.split(" ")));
    }
    MAY_IMPORT.put(name, rooms);
  }

  /** For rooms that put everything together: all rows above but these, with their inner rooms. */
  private static void roomAboveAllBut(String name, String exceptions) {
    List<String> not = List.of(exceptions.split(" "));
    MAY_IMPORT.put(
        name,
        MAY_IMPORT.keySet().stream()
            .filter(each -> not.stream().noneMatch(n -> each.equals(n) || each.startsWith(n + ".")))
            .toList());
  }

  @Test
  void roomsImportOnlyDownwards() {
    MAY_IMPORT.forEach((room, allowed) -> {
      String[] forbidden =
          MAY_IMPORT.keySet().stream()
              .filter(other -> !other.equals(room) && !allowed.contains(other))
              .map(other -> "io.compot." + other)
              .toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage("io.compot." + room)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(forbidden)
          .orShould()
          .dependOnClassesThat()
          .resideInAPackage("io.compot")
          .check(CLASSES);
    });
  }

  /** Each row of the table names rows above it only, and no room of the house is without one. */
  @Test
  void everyRoomHasItsPlace() {
    List<String> above = new ArrayList<>();
    MAY_IMPORT.forEach((room, allowed) -> {
      assertThat(above).as(room).containsAll(allowed);
      above.add(room);
    });
    Set<String> rooms = new TreeSet<>();
    CLASSES.forEach(each -> rooms.add(each.getPackageName()));
    rooms.removeIf(OUTSIDE::contains);
    assertThat(rooms).isSubsetOf(above.stream().map(each -> "io.compot." + each).toList());
  }

  @Test
  void noCycles() {
    slices().matching("io.compot.(**)").should().beFreeOfCycles().check(CLASSES);
  }
}
