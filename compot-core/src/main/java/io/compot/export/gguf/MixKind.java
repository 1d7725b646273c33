package io.compot.export.gguf;

import io.compot.gguf.model.TypeMix;
import io.compot.setting.Kind;
import io.compot.setting.Refused;
import java.util.Arrays;
import java.util.stream.Collectors;

/** A mix of types by the name that llama.cpp's tools have for it. */
record MixKind() implements Kind<TypeMix> {

  @Override
  public TypeMix parse(String written) throws Refused {
    return TypeMix.named(written.strip()).orElseThrow(() -> new Refused(expected()));
  }

  @Override
  public String write(TypeMix value) {
    return value.word();
  }

  @Override
  public String expected() {
    return "one of "
        + Arrays.stream(TypeMix.values()).map(TypeMix::word).collect(Collectors.joining(", "));
  }

  @Override
  public String label() {
    return "NAME";
  }
}
