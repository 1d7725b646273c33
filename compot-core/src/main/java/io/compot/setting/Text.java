package io.compot.setting;

/**
 * Any text that is not blank.
 *
 * @param what it is, for people
 * @param namesFile whether it is the path of a file; a recipe's begins at the recipe's folder
 */
public record Text(String what, boolean namesFile) implements Kind<String> {

  /** A text that is no path. */
  public Text(String what) {
    this(what, false);
  }

  /** The path of a file. */
  public static Text ofFile(String what) {
    return new Text(what, true);
  }

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
    return namesFile ? "FILE" : "NAME";
  }

  @Override
  public boolean impersonal() {
    return false;
  }
}
