package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.UsageException;
import io.compot.recipe.Methods;
import io.compot.recipe.Recipe;
import io.compot.result.CompressionReport;
import io.compot.testing.ToyMethod;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A method that one line of a service file registers is found by all that knows methods. */
class RegisteredMethodTest {

  private static final Path MODEL = Path.of("..", "demo", "model");

  @TempDir private Path folder;
  private Path services;

  @BeforeEach
  void prepare() throws Exception {
    services = Files.createDirectories(folder.resolve("services"));
  }

  @Test
  void isInTheRecipeTheReportAndTheRecipeOfTheOutput() throws Exception {
    Path recipe = folder.resolve("toy.yaml");
    Files.writeString(recipe, "method: toy\nstrength: 3\ninclude: layers.0.self_attn\n");
    ToyMethod.registered(
        services,
        () -> {
          assertThat(Methods.names()).contains("toy");
          Path output = folder.resolve("out");
          CompressionReport report = Compression.of(MODEL).recipe(recipe).output(output).run();
          assertThat(report.method()).isEqualTo("toy");
          assertThat(report.settings()).containsEntry("strength", 3);
          assertThat(output.resolve(Recipe.NAME)).content().contains("strength: 3");
          Path again = folder.resolve("again");
          Compression.of(MODEL).recipe(output.resolve(Recipe.NAME)).output(again).run();
          assertThat(again.resolve("model.safetensors"))
              .hasSameBinaryContentAs(output.resolve("model.safetensors"));
        });
    assertThat(Methods.names()).doesNotContain("toy");
  }

  @Test
  void itsSettingsAreRefusedByNameElsewhere() throws Exception {
    ToyMethod.registered(
        services,
        () ->
            assertThatThrownBy(() -> Compression.of(MODEL).set("strength", 3).settings())
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("method compot has no setting strength"));
  }

  /** As a value, a method of one's own needs no registration. */
  @Test
  void aMethodOfOnesOwnIsTakenAsItIs() throws Exception {
    Compression compression = Compression.of(MODEL).method(new ToyMethod(5));
    assertThat(compression.settings().method()).isEqualTo(new ToyMethod(5));
    assertThat(compression.set("strength", 9).settings().method()).isEqualTo(new ToyMethod(9));
  }
}
