package io.compot.fuzz;

import io.compot.error.CompotException;
import io.compot.text.ConfigFile;
import io.compot.text.YamlFields;
import io.compot.tokenizer.TextTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/** Files of text beside the weights. */
enum TextTarget implements FuzzTarget {
  TOKENIZER {
    @Override
    public void write(Path folder, SplittableRandom random) throws IOException {
      List<byte[]> kinds = TinyModel.tokenizers();
      byte[] kind = kinds.get(random.nextInt(kinds.size()));
      boolean exchanged = random.nextBoolean();
      if (exchanged) {
        kind = TokenizerPartSamples.exchange(kind, random);
      }
      // Sound parts that do not fit together go deeper than broken ones.
      if (!exchanged || random.nextBoolean()) {
        kind = JsonMutator.mutate(kind, random);
      }
      Files.write(folder.resolve("tokenizer.json"), kind);
    }

    @Override
    public void read(Path folder) throws Exception {
      ConfigFile config = ConfigFile.read(folder.resolve("config.json"));
      try (TextTokenizer tokenizer = TextTokenizer.open(folder, config)) {
        for (boolean special : new boolean[] {true, false}) {
          long[] ids = tokenizer.encode("abc aaab 12! \u00e9\u4e2d\ud83d\ude00 cab", special);
          tokenizer.decode(ids, special);
        }
        tokenizer.decode(new long[] {0, 1, 2, 3, 4, 5, 6}, false);
      }
    }
  },
  RECIPE {
    @Override
    public void write(Path folder, SplittableRandom random) throws IOException {
      byte[] text = ByteMutator.mutate(TinyModel.yaml(), random);
      if (random.nextInt(4) == 0) {
        String[] hostile = {
          "&a [*a]",
          "!!java.io.File x",
          "<<: {}",
          "- ".repeat(300),
          "{".repeat(300),
          "\n---\n",
          "? ",
          "%YAML 9.9\n",
          "9".repeat(400),
          "\t",
          "\u0000"
        };
        byte[] planted = TinyModel.utf8(hostile[random.nextInt(hostile.length)]);
        text = ByteMutator.joined(text, planted);
      }
      Files.write(folder.resolve("recipe.yaml"), text);
    }

    @Override
    public void read(Path folder) throws Exception {
      everything(YamlFields.read(folder.resolve("recipe.yaml"), "see the documentation"));
    }
  };

  @Override
  public void prepare(Path folder) throws IOException {
    Files.write(folder.resolve("config.json"), TinyModel.config(false));
    Files.write(folder.resolve("tokenizer.json"), TinyModel.tokenizers().getFirst());
    Files.write(folder.resolve("recipe.yaml"), TinyModel.yaml());
  }

  private interface Question {
    void ask() throws CompotException;
  }

  /** Asks for each value as everything that it may be; refusals are answers, too. */
  private static void everything(YamlFields fields) {
    for (String key : fields.keys()) {
      for (Question question :
          List.<Question>of(
              () -> fields.text(key),
              () -> fields.written(key),
              () -> fields.flag(key),
              () -> fields.whole(key),
              () -> fields.number(key),
              () -> fields.numbers(key),
              () -> fields.texts(key),
              () -> fields.only(List.of("model", "methods", key)))) {
        try {
          question.ask();
        } catch (CompotException _) {
          // One line, as it should be.
        }
      }
    }
  }
}
