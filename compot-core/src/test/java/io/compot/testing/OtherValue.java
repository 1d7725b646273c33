package io.compot.testing;

import io.compot.setting.Kind;
import io.compot.setting.Refused;
import io.compot.setting.Setting;
import java.util.stream.Stream;

/** A value of a setting that is not its default. */
public final class OtherValue {

  private OtherValue() {}

  /** As it would be written. */
  public static String of(Setting<?, ?> setting, String usual) {
    Stream<String> tries =
        setting.kind() instanceof Kind.Choice<?> choice
            ? choice.names().stream()
            : Stream.of("0.25", "1.25", "3", "16", "7%", "2:4", "1-2", "svd", "other");
    return tries
        .filter(each -> !each.equals(usual) && isOne(setting.kind(), each))
        .findFirst()
        .orElseThrow();
  }

  private static <T> boolean isOne(Kind<T> kind, String written) {
    try {
      return kind.write(kind.parse(written)).equals(written);
    } catch (Refused _) {
      return false;
    }
  }
}
