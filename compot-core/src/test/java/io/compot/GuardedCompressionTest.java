package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.error.InputException;
import io.compot.error.StoppedException;
import io.compot.error.UsageException;
import io.compot.evaluation.fidelity.HeldOutText;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import io.compot.recipe.Recipe;
import io.compot.result.SearchReport;
import io.compot.testing.SmallDemo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sizes that follow from how good the result has to be, on the bundled model. */
class GuardedCompressionTest {

  private static final Path DEMO = Path.of("..", "demo");

  @TempDir private Path folder;
  private Path guard = Path.of("guard.txt");
  private Path text = Path.of("text.txt");
  private Path model = DEMO;

  @BeforeEach
  void shortenTheTexts() throws Exception {
    String heldOut = Files.readString(DEMO.resolve("heldout.txt"));
    guard = Files.writeString(folder.resolve("guard.txt"), heldOut.substring(0, 6_000));
    text = SmallDemo.text();
    model = SmallDemo.model();
  }

  @Test
  void theSmallestThatHoldsIsTheOutput() throws Exception {
    Path output = folder.resolve("out");
    var report = rtn().set("max-kl", 0.1).set("guard", guard).output(output).run();
    SearchReport search = Objects.requireNonNull(report.search());
    assertThat(search.limit()).isEqualTo("max-kl");
    assertThat(search.lost()).isLessThanOrEqualTo(0.1);
    assertThat(search.tried())
        .allSatisfy(
            each -> assertThat(each.klDivergence() <= 0.1).isEqualTo(each.bits() >= search.bits()));
    assertThat(search.tried()).anyMatch(each -> each.klDivergence() > 0.1);
    var held = new HeldOutText(guard, OptionalInt.empty(), 64);
    try (Model made = Model.load(output);
        var original =
            Model.heldOut(
                model,
                Computation.AUTO,
                held,
                folder.resolve("states"),
                ProgressListener.none(),
                StopRequest.never())) {
      var measured = made.measure(original, ProgressListener.none(), StopRequest.never());
      assertThat(search.lost()).isCloseTo(measured.klDivergence(), within(1e-9));
    }
    assertThat(output.resolve("compression-report.json")).content().contains("\"search\"");
    assertThat(output.resolve(Recipe.NAME)).content().contains("bits: ").doesNotContain("max-kl");
    Path again = folder.resolve("again");
    Compression.of(model).recipe(output.resolve(Recipe.NAME)).output(again).run();
    assertThat(again.resolve("model.safetensors"))
        .hasSameBinaryContentAs(output.resolve("model.safetensors"));
    try (var left = Files.list(folder)) {
      assertThat(left.map(each -> each.getFileName().toString()))
          .noneMatch(each -> each.contains("compot-"));
    }
  }

  @Test
  void goesOnWhereItWasStopped() throws Exception {
    Path output = folder.resolve("out");
    var measured = new AtomicInteger();
    ProgressListener watcher =
        event -> {
          if (event instanceof Progress.Notice(String said) && said.startsWith("max-rise")) {
            measured.incrementAndGet();
          }
        };
    Compression search = rtn().set("max-rise", "5%").output(output).listener(watcher);
    assertThatThrownBy(() -> search.stop(() -> measured.get() >= 2).run())
        .isInstanceOf(StoppedException.class);
    assertThat(output).doesNotExist();
    var report = search.stop(StopRequest.never()).run();
    Path straight = folder.resolve("straight");
    var whole = rtn().set("max-rise", "5%").output(straight).run();
    assertThat(report.search()).isEqualTo(whole.search());
    assertThat(output.resolve("model.safetensors"))
        .hasSameBinaryContentAs(straight.resolve("model.safetensors"));
    assertThat(Objects.requireNonNull(whole.search()).lost()).isLessThanOrEqualTo(0.05);
    assertThat(whole.search().text()).contains("calibration text");
  }

  @Test
  void whatCannotBeDoneIsRefused() throws Exception {
    assertThatThrownBy(() ->
            Compression.of(model)
                .method("rtn")
                .set("width", 3)
                .set("max-kl", 0.001)
                .set("guard", guard)
                .output(folder.resolve("a"))
                .run())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("max-kl 0.001 cannot be reached");
    // What was tried is not lost on a limit that can be reached.
    var reached =
        Compression.of(model)
            .method("rtn")
            .set("width", 3)
            .set("max-kl", 5)
            .set("guard", guard)
            .output(folder.resolve("a"));
    assertThat(reached.run().search()).isNotNull();
    assertThatThrownBy(() -> rtn().set("max-kl", 0.1).set("bits", 3).settings())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("bits and max-kl");
    assertThatThrownBy(() -> rtn().set("max-kl", 0.1).plan())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("which only compress does");
    assertThatThrownBy(
            () -> rtn().set("max-kl", 0.1).allSamples().output(folder.resolve("b")).run())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("none is left to measure on");
    assertThatThrownBy(() -> rtn().set("max-rise", "5").settings())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("such as 5%");
    assertThat(folder.resolve("b")).doesNotExist();
  }

  private Compression rtn() {
    return Compression.of(model).method("rtn").calibration(text).samples(8).length(128);
  }
}
