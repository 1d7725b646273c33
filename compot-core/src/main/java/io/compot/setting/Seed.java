package io.compot.setting;

/** Any whole number of 64 bits. */
public record Seed() implements Kind<Long> {

  @Override
  public Long parse(String written) throws Refused {
    try {
      return Long.parseLong(written.strip());
    } catch (NumberFormatException _) {
      throw new Refused(expected());
    }
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
    return "a whole number";
  }

  @Override
  public String label() {
    return "N";
  }
}
