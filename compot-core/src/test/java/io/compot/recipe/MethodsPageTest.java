package io.compot.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/methods.md has a part on every method, and README.md a row. */
class MethodsPageTest {

  private static final Path ROOT = Path.of("..");

  @Test
  void everyMethodHasItsPart() throws Exception {
    List<String> names =
        Methods.all().stream()
            .map(method -> method.name())
            .filter(name -> !name.startsWith("toy"))
            .toList();
    assertThat(headings("docs/methods.md", "(?m)^### `([^`]+)`$"))
        .containsExactlyInAnyOrderElementsOf(names);
    assertThat(headings("README.md", "(?m)^\\| `([^`]+)` \\|.*\\|.*\\|.*\\|$")).containsAll(names);
  }

  private static List<String> headings(String file, String pattern) throws Exception {
    return Pattern.compile(pattern)
        .matcher(Files.readString(ROOT.resolve(file)))
        .results()
        .map(found -> found.group(1))
        .toList();
  }
}
