package io.compot.recipe;

import io.compot.setting.Kind;
import io.compot.setting.Refused;

/** A number of bytes as people write it, see {@link Bytes}. */
record ByteCount() implements Kind<Long> {

  @Override
  public Long parse(String written) throws Refused {
    return Bytes.parse(written).orElseThrow(() -> new Refused(expected()));
  }

  @Override
  public String write(Long value) {
    return value.toString();
  }

  @Override
  public Object plain(Long value) {
    return value;
  }

  @Override
  public String expected() {
    return "a size such as 5GB or 500MB";
  }

  @Override
  public String label() {
    return "SIZE";
  }
}
