package example;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.compot.Compression;
import io.compot.Generation;
import io.compot.GenerationOptions;
import io.compot.Model;
import io.compot.Prompt;
import io.compot.error.CompotException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compresses the bundled model, runs it and stops it halfway, beside an older Jackson than Compot's.
 */
public final class Embedded {

  private Embedded() {}

  /** Takes the folder with the bundled model, and one for the smaller model. */
  public static void main(String[] arguments) throws Exception {
    Path demo = Path.of(arguments[0]);
    Path smaller = Path.of(arguments[1]);
    var report =
        Compression.of(demo.resolve("model"))
            .method("svd")
            .ratio(0.2)
            .output(smaller)
            .force(true)
            .run();
    Map<String, Object> facts = new LinkedHashMap<>();
    var place = JsonProperty.class.getProtectionDomain().getCodeSource().getLocation();
    facts.put("beside", Path.of(place.toURI()).getFileName());
    facts.put("removed", report.bits().model().removed());
    try (Model model = Model.load(smaller)) {
      List<Integer> tokens = model.encode("Once upon a time");
      facts.put("tokens", tokens);
      facts.put("decoded", model.decode(tokens));
      Generation story =
          model.generate(
              "Once upon a time", GenerationOptions.defaults().withMaxTokens(13), _ -> {});
      facts.put("text", story.text());
      facts.put("tokens_per_second", story.tokensPerSecond());
      facts.put("stopped_after", stopped(model));
    }
    facts.forEach((name, value) -> System.out.println(name + ": " + value));
  }

  /** Asks for a long text and wants no more of it after five pieces. */
  private static int stopped(Model model) throws CompotException {
    List<String> heard = new ArrayList<>();
    Generation story =
        model
            .generate(
                new Prompt.Text("Once upon a time"),
                GenerationOptions.defaults(),
                piece -> heard.add(piece.text()),
                () -> heard.size() == 5)
            .getFirst();
    if (story.end() != Generation.End.STOPPED) {
      throw new IllegalStateException("nobody has stopped it");
    }
    return heard.size();
  }
}
