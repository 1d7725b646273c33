package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.Compression;
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
        .isEqualTo(Compression.of(Path.of("model")).settings().shardSize());
  }

  @Test
  void everyOptionReachesTheSettings() throws Exception {
    var holder = new Holder();
    new CommandLine(holder)
        .parseArgs(
            ("--ratio 0.3 --method svd-llm --calibration a.txt --calibration b.jsonl --field body"
                    + " --samples auto --length 77 --seed 9 --include q_proj,k_proj --exclude up_proj"
                    + " --allocation pooled --scope kind --rho 1.5 --iterations 3 --init random --tolerance 0.01")
                .split(" "));
    var settings = holder.options.of(Path.of("model")).settings();
    assertThat(settings.ratio()).isEqualTo(0.3);
    assertThat(settings.method()).isEqualTo("svd-llm");
    assertThat(settings.allocation()).isEqualTo("pooled");
    assertThat(settings.scope()).isEqualTo("kind");
    assertThat(settings.calibration()).containsExactly(Path.of("a.txt"), Path.of("b.jsonl"));
    assertThat(settings.field()).isEqualTo("body");
    assertThat(settings.samples()).isEmpty();
    assertThat(settings.length()).hasValue(77);
    assertThat(settings.seed()).isEqualTo(9);
    assertThat(settings.include()).containsExactly("q_proj", "k_proj");
    assertThat(settings.exclude()).containsExactly("up_proj");
    assertThat(settings.rho()).isEqualTo(1.5);
    assertThat(settings.iterations()).hasValue(3);
    assertThat(settings.init()).isEqualTo("random");
    assertThat(settings.tolerance()).hasValue(0.01);
  }

  @Command
  static final class Holder {
    @Mixin private CompressionOptions options;
  }
}
