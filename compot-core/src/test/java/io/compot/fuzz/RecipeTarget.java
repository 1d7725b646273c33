package io.compot.fuzz;

import io.compot.Compression;
import io.compot.comparison.ComparisonRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Whole recipes, with all of their keys: of a compression and of a comparison. */
enum RecipeTarget implements FuzzTarget {
  COMPRESSION_RECIPE {
    @Override
    byte[] sound() {
      return TinyModel.utf8(
          """
          method: compot
          allocation: pooled
          scope: kind
          ratio: 0.3
          min-ratio: 0.1
          max-ratio: auto
          calibration:
            - {file: text.txt, sha256: "%s"}
            - more.txt
          field: text
          samples: 16
          length: auto
          seed: 42
          include: [layers.0, "layers.1.*"]
          exclude: []
          rho: 2
          iterations: 3
          init: svd
          tolerance: 1e-3
          momentum: 0.5
          dtype: f32
          shard-size: 5GB
          overrides:
            - match: down_proj
              ratio: 0.1
            - {match: self_attn, method: svd-llm, dtype: bf16}
            - {match: layers.0, skip: true}
            - match: "layers.1.mlp.*"
              rho: 1.5
          """
              .formatted("0a".repeat(32)));
    }

    @Override
    public void read(Path folder) throws Exception {
      Compression.of(folder).recipe(folder.resolve(FILE));
    }
  },
  COMPARISON_RECIPE {
    @Override
    byte[] sound() {
      return TinyModel.utf8(
          """
          models:
            - path: my-model
              name: mine
              calibration: [text.txt, more.txt]
              field: text
              heldout: heldout.txt
              window: 128
              windows: 80
            - {path: other, calibration: text.txt, heldout: heldout.txt}
          methods:
            - svd-llm
            - {method: rocket, allocations: [uniform, knapsack]}
          allocations: [own]
          ratios: [0.2, 0.4]
          samples: 256
          length: 128
          seed: 42
          dtype: f32
          include: []
          exclude: [lm_head]
          """);
    }

    @Override
    public void read(Path folder) throws Exception {
      ComparisonRecipe.read(folder.resolve(FILE));
    }
  };

  private static final String FILE = "recipe.yaml";

  abstract byte[] sound();

  @Override
  public void prepare(Path folder) throws IOException {
    Files.write(folder.resolve(FILE), sound());
  }

  @Override
  public void write(Path folder, SplittableRandom random) throws IOException {
    Files.write(folder.resolve(FILE), YamlMutator.mutate(sound(), random));
  }
}
