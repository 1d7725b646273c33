package io.compot.setting;

/**
 * Any text that is not blank.
 *
 * @param what it is, for people
 */
public record Text(String what) implements Kind<String> {

  @Override
  public String parse(String written) throws Refused {
    if (written.isBlank()) {
      throw new Refused(expected());
    }
    return written;
  }

  @Override
  public String write(String value) {
    return value;
  }

  @Override
  public String expected() {
    return what;
  }

  @Override
  public String label() {
    return "NAME";
  }

  @Override
  public boolean impersonal() {
    return false;
  }
}
