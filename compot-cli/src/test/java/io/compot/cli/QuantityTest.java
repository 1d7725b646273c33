package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

class QuantityTest {

  @Test
  void bytesHaveThreeDigits() {
    assertThat(Quantity.bytes(0)).isEqualTo("0 B");
    assertThat(Quantity.bytes(999)).isEqualTo("999 B");
    assertThat(Quantity.bytes(1000)).isEqualTo("1.00 kB");
    assertThat(Quantity.bytes(3_487_352)).isEqualTo("3.49 MB");
    assertThat(Quantity.bytes(99_960)).isEqualTo("100 kB");
    assertThat(Quantity.bytes(999_499)).isEqualTo("999 kB");
    assertThat(Quantity.bytes(999_500)).isEqualTo("1.00 MB");
    assertThat(Quantity.bytes(16_060_000_000L)).isEqualTo("16.1 GB");
    assertThat(Quantity.bytes(2_000_000_000_000L)).isEqualTo("2.00 TB");
    assertThat(Quantity.bits(9)).isEqualTo("2 B");
  }

  @Test
  void timesReadLikeTimes() {
    assertThat(Quantity.time(Duration.ofMillis(4230))).isEqualTo("4.2 s");
    assertThat(Quantity.time(Duration.ofSeconds(200))).isEqualTo("3 min 20 s");
    assertThat(Quantity.time(Duration.ofMinutes(125))).isEqualTo("2 h 5 min");
  }

  @Test
  void byteSizes() {
    assertThat(new ByteSize().convert("1GiB")).isEqualTo(1L << 30);
    assertThat(new ByteSize().convert("0.5 kib")).isEqualTo(512);
    for (String none :
        new String[] {"", "GB", "-1GB", "0", "0.5", "5iB", "5TB", "1e9", "99999999999GB"}) {
      assertThatExceptionOfType(TypeConversionException.class)
          .isThrownBy(() -> new ByteSize().convert(none));
    }
    assertThat(new ByteSize().convert("500MB")).isEqualTo(500_000_000L);
    assertThat(new ByteSize().convert("1.5g")).isEqualTo(1_500_000_000L);
    assertThat(new ByteSize().convert("12345")).isEqualTo(12_345L);
  }
}
