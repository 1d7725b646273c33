package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lists with blanks beside their commas. */
class ListArgumentsTest {

  private static final Path MODEL = Path.of("..", "demo", "model");

  @TempDir private Path folder;

  private static List<String> tidy(String... words) {
    Screen screen = new Screen(System.out, System.err, false, false, false);
    return List.of(ListArguments.tidy(Main.commandLine(screen, false), words));
  }

  @Test
  void blanksGo() {
    assertThat(tidy("compare", "m", "--ratios", "0.2, 0.4", "--methods= svd ,compot"))
        .containsExactly("compare", "m", "--ratios", "0.2,0.4", "--methods=svd,compot");
  }

  @Test
  void wordsThatAShellHasTakenApartComeTogether() {
    assertThat(tidy("forward", "--tokens", "1,", "2", ",3", "m", "-o", "x"))
        .containsExactly("forward", "--tokens", "1,2,3", "m", "-o", "x");
    assertThat(tidy("forward", "--tokens", "1,", "-o", "x"))
        .containsExactly("forward", "--tokens", "1,", "-o", "x");
    assertThat(tidy("forward", "--tokens")).containsExactly("forward", "--tokens");
  }

  @Test
  void otherValuesStayAsTheyAre() {
    assertThat(tidy("generate", "--prompt", "One , two,", "model"))
        .containsExactly("generate", "--prompt", "One , two,", "model");
  }

  @Test
  void everyListTakesThem() {
    Ran ran =
        Ran.compot(
            "plan", MODEL, "--include", "q_proj, k_proj", "--exclude", "layers.0 , layers.1");
    assertThat(ran.code()).as(ran.err()).isZero();
    ran =
        Ran.compot("forward", MODEL, "--tokens", "1, 2, 3", "-o", folder.resolve("a.safetensors"));
    assertThat(ran.code()).as(ran.err()).isZero();
  }
}
