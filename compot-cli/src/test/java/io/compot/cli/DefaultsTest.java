package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.Compression;
import io.compot.recipe.Allocations;
import io.compot.recipe.CompressionSettings;
import io.compot.recipe.GeneralSettings;
import io.compot.recipe.Methods;
import io.compot.setting.Setting;
import io.compot.testing.OtherValue;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The command and the Java API decide the same where nothing was said. */
class DefaultsTest {

  @Test
  void theCommandsDefaultsAreTheApis() throws Exception {
    var holder = new Holder();
    new CommandLine(holder).parseArgs();
    assertThat(holder.options.of(Path.of("model")).settings())
        .isEqualTo(Compression.of(Path.of("model")).settings());
    assertThat(new ByteSize().convert("5GB"))
        .isEqualTo(Compression.of(Path.of("model")).settings().general().shardSize());
  }

  /** Every option of every method, of every allocation and of all, with another value each. */
  @Test
  void everyOptionReachesTheSettings() throws Exception {
    for (var method : Methods.all()) {
      for (Setting<?, ?> setting : method.settings()) {
        String other = OtherValue.of(setting, method.usual(setting.name()));
        assertThat(
                settings("--method", method.name(), "--" + setting.name(), other)
                    .method()
                    .settings())
            .extractingByKey(setting.name())
            .asString()
            .isEqualTo(other);
      }
    }
    for (var way : Allocations.all()) {
      for (Setting<?, ?> setting : way.settings()) {
        String other = OtherValue.of(setting, way.usual(setting.name()));
        assertThat(
                settings(
                        "--method",
                        "compot+",
                        "--allocation",
                        way.name(),
                        "--" + setting.name(),
                        other)
                    .allocation()
                    .settings())
            .extractingByKey(setting.name())
            .asString()
            .isEqualTo(other);
      }
    }
    for (Setting<GeneralSettings, ?> setting : GeneralSettings.SCHEMA.settings()) {
      String other = OtherValue.of(setting, GeneralSettings.SCHEMA.usual(setting.name()));
      assertThat(setting.written(settings("--" + setting.name(), other).general()))
          .isEqualTo(other);
    }
  }

  @Test
  void quickCountsWhereNothingElseIsSaid() throws Exception {
    assertThat(settings("--quick").general().samples()).contains(16);
    assertThat(settings("--quick").method().settings()).containsEntry("iterations", 5);
    assertThat(settings("--quick", "--method", "svd").general().samples()).contains(16);
    assertThat(settings("--samples", "auto", "--quick").general().samples()).isEmpty();
    assertThat(settings("--quick", "--iterations", "7").method().settings())
        .containsEntry("iterations", 7);
  }

  @Test
  void severalFilesAndPatterns() throws Exception {
    var settings =
        settings(
            "--calibration=a.txt",
            "--calibration=b.jsonl",
            "--include=q_proj,k_proj",
            "--include=up_proj",
            "--samples=auto",
            "--dtype=bf16");
    assertThat(settings.calibration()).containsExactly(Path.of("a.txt"), Path.of("b.jsonl"));
    assertThat(settings.general().include()).containsExactly("q_proj", "k_proj", "up_proj");
    assertThat(settings.general().samples()).isEmpty();
  }

  private static CompressionSettings settings(String... arguments) throws Exception {
    var holder = new Holder();
    new CommandLine(holder).parseArgs(arguments);
    return holder.options.of(Path.of("model")).settings();
  }

  @Command(modelTransformer = SettingOptions.All.class)
  static final class Holder {
    @Mixin private CompressionOptions options;
  }
}
