package io.compot;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.plan.DamageCurve;
import io.compot.plan.MixPart;
import io.compot.plan.Plan;
import io.compot.plan.PlannedProjection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a plan says of other sizes and of what it is made of, on a block of the bundled model. */
class DamageCurveTest {

  private static final Path DEMO = Path.of("..", "demo");

  @TempDir private Path folder;

  @Test
  void thePlanLiesOnAFallingCurve() throws Exception {
    Plan plan = damage(3).plan();
    DamageCurve curve = Objects.requireNonNull(plan.curve());
    assertThat(curve.chosen().bits()).isEqualTo(plan.compressed().after());
    List<DamageCurve.Point> points = curve.points();
    assertThat(points).hasSizeGreaterThan(5);
    assertThat(points).isSortedAccordingTo(Comparator.comparingLong(DamageCurve.Point::bits));
    assertThat(points)
        .isSortedAccordingTo(Comparator.comparingDouble(DamageCurve.Point::rise).reversed());
    // What another plan is told to cost is what this one's curve says of its size.
    DamageCurve.Point larger = Objects.requireNonNull(damage(5).plan().curve()).chosen();
    assertThat(larger.rise()).isLessThan(curve.chosen().rise());
    for (DamageCurve.Point each : points) {
      assertThat(each.bits() > larger.bits() || each.rise() >= larger.rise()).isTrue();
    }
    assertThat(Objects.requireNonNull(damage(3).allocation("uniform")).plan().curve()).isNull();
  }

  @Test
  void partsOfTheMixAddUpAndStandInTheReport() throws Exception {
    Path output = folder.resolve("out");
    var report = damage(3.5).output(output).run();
    List<MixPart> mix = MixPart.of(report.plan());
    assertThat(mix).hasSizeGreaterThan(1);
    assertThat(mix.stream().mapToLong(MixPart::bits).sum())
        .isEqualTo(report.bits().projections().after());
    assertThat(mix.stream().mapToInt(MixPart::projections).sum())
        .isEqualTo(
            (int) report.plan().projections().stream().filter(PlannedProjection::chosen).count());
    assertThat(mix).anyMatch(each -> each.form().equals("3 bits by 64"));
    assertThat(Files.readString(output.resolve("compression-report.json"))).contains("\"curve\"");
    assertThat(Files.readString(output.resolve("report.html")))
        .contains("What other sizes would cost")
        .contains("What was chosen")
        .contains("rtn: 3 bits by 64");
  }

  private Compression damage(double bits) throws Exception {
    String whole = Files.readString(DEMO.resolve("calibration.txt"));
    Path text = Files.writeString(folder.resolve("text.txt"), whole.substring(0, 6_000));
    return Compression.of(DEMO.resolve("model"))
        .method("rtn")
        .allocation("damage")
        .set("bits", bits)
        .include("layers.1")
        .calibration(text)
        .samples(4)
        .length(64);
  }
}
