package io.compot.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.compot.checkpoint.Checkpoint;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.generation.Generator;
import io.compot.generation.SamplingSettings;
import io.compot.tensor.Dtype;
import io.compot.testing.SharedData;
import io.compot.text.ConfigFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** Configs and tensors that lie end in one clear line; the controls run. */
class HostileModelTest {

  record Case(String name, Path folder, boolean accepted, Optional<String> mention) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() throws InputException {
    if (!SharedData.present()) {
      return Stream.empty();
    }
    Path root = SharedData.path("golden/hostile");
    var cases = new ArrayList<Case>();
    for (ConfigFile entry : ConfigFile.read(root.resolve("MANIFEST.json")).objects("cases")) {
      String name = entry.text("dir");
      if (name.startsWith("cfg_") || name.startsWith("w_") || name.startsWith("00_")) {
        cases.add(
            new Case(
                name,
                root.resolve(name),
                !entry.text("expect").equals("refuse"),
                entry.optionalText("message_should_mention")));
      }
    }
    assertThat(cases.size()).isGreaterThan(40);
    return cases.stream();
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("cases")
  void refusesOrLoads(Case given) {
    List<String> warnings = new ArrayList<>();
    Throwable thrown = catchThrowable(() -> warnings.addAll(load(given.folder())));
    if (given.accepted()) {
      assertThat(thrown).isNull();
      if (given.name().equals("00_warn_extra_tensor")) {
        assertThat(warnings).anyMatch(line -> line.contains("surprise"));
      } else {
        assertThat(warnings).isEmpty();
      }
      return;
    }
    assertThat(thrown).isInstanceOf(InputException.class);
    assertThat(thrown.getMessage()).doesNotContain("\n").hasSizeLessThan(500);
    given.mention().ifPresent(word -> assertThat(thrown.getMessage()).contains(word));
  }

  /** Loads the model and runs it; gives what was warned of. */
  private static List<String> load(Path folder) throws CompotException {
    var events = new ListAppender<ILoggingEvent>();
    events.start();
    var logger = (Logger) LoggerFactory.getLogger(ExpectedTensors.class);
    logger.addAppender(events);
    try (var checkpoint = Checkpoint.open(folder)) {
      Architecture architecture = Architecture.of(checkpoint);
      for (String name : checkpoint.names()) {
        checkpoint.requireFinite(name);
      }
      try (var model = CausalModel.load(architecture, WeightLoader.of(checkpoint, Dtype.F32))) {
        var settings = new Generator.Settings(2, SamplingSettings.greedy(), 0, java.util.Set.of());
        var result = new Generator(model).generate(new long[] {1, 2, 3}, settings, _ -> true);
        assertThat(result.tokens()).hasSize(2);
      }
    } finally {
      logger.detachAppender(events);
    }
    return events.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  /** A weight that is NaN is refused where it is loaded, too. */
  @ParameterizedTest
  @org.junit.jupiter.params.provider.ValueSource(strings = {"w_nan", "w_inf", "w_nan_bf16"})
  void refusesNumbersThatAreNoneWhenLoading(String name) throws Exception {
    try (var checkpoint = Checkpoint.open(SharedData.path("golden/hostile/" + name))) {
      Architecture architecture = Architecture.of(checkpoint);
      assertThatCode(() ->
              architecture.decoder().block(0, WeightLoader.of(checkpoint, Dtype.BF16)).close())
          .isInstanceOf(InputException.class)
          .hasMessageContaining("_proj");
    }
  }
}
