package io.compot.setting;

import java.util.Arrays;
import java.util.List;

/**
 * Several words with commas between them, or none.
 *
 * @param what they are, for people
 * @param label of one of them
 */
public record Words(String what, String label) implements Kind<List<String>> {

  @Override
  public List<String> parse(String written) throws Refused {
    if (written.isEmpty()) {
      return List.of();
    }
    List<String> words = Arrays.stream(written.split(",", -1)).map(String::strip).toList();
    if (words.stream().allMatch(String::isEmpty)) {
      throw new Refused(expected());
    }
    return words.stream().filter(word -> !word.isEmpty()).toList();
  }

  @Override
  public String write(List<String> value) {
    return String.join(",", value);
  }

  @Override
  public Object plain(List<String> value) {
    return value;
  }

  @Override
  public String expected() {
    return what;
  }

  @Override
  public boolean impersonal() {
    return false;
  }
}
