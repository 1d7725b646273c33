package io.compot.setting;

/**
 * The path of a file. What a recipe says of it begins at the recipe's folder.
 *
 * @param what it is, for people
 */
public record FileName(String what) implements Kind<String> {

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
    return "FILE";
  }

  @Override
  public boolean impersonal() {
    return false;
  }

  @Override
  public boolean namesFile() {
    return true;
  }
}
