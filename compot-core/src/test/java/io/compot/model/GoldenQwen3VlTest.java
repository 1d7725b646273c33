package io.compot.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.cat;

import io.compot.checkpoint.Checkpoint;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tower, mergers and decoder of Qwen3-VL against the outputs of transformers. */
class GoldenQwen3VlTest {

  /** What the fixture has of a sequence. */
  private record Given(
      Tensor tokens, TokenLayout layout, @Nullable Tensor pixels, List<Grid> grids) {

    static Given of(Golden golden, String sequence, Images images) throws Exception {
      SafetensorsFile file = golden.tensors();
      Tensor tokens = golden.tokens(sequence);
      List<Grid> grids = new ArrayList<>();
      boolean seen = file.has(sequence + ".image_grid_thw");
      if (seen) {
        long[] all = longs(file.tensor(sequence + ".image_grid_thw"));
        for (int at = 0; at < all.length; at += 3) {
          grids.add(new Grid((int) all[at + 1], (int) all[at + 2]));
        }
      }
      var layout = TokenLayout.of(longs(tokens), images.token(), grids, images.merge());
      return new Given(
          tokens, layout, seen ? file.tensor(sequence + ".pixel_values") : null, grids);
    }

    @Nullable Sight sight(VisionTower tower, Images images) {
      return pixels == null
          ? null
          : new Sight(tower.encode(pixels, new PatchLayout(grids, images.merge())), layout);
    }

    Tensor logits(CausalModel model, @Nullable Sight sight) {
      return sight == null
          ? model.logits(tokens)
          : model.logitsSeeing(tokens, sight, null, tokens.size(1));
    }

    private static long[] longs(Tensor tensor) {
      return NativeMemory.bytes(tensor).toArray(ValueLayout.JAVA_LONG_UNALIGNED);
    }
  }

  @Test
  void agreesWithTheReference() throws Exception {
    agrees(SharedData.path("golden/public/qwen3_vl"));
  }

  @Test
  void otherSettingsAgree() throws Exception {
    agrees(Path.of(GoldenQwen3VlTest.class.getResource("/golden/qwen3_vl").toURI()));
  }

  @Test
  void tablesAreOneWhereNoHeadIsStored(@TempDir Path folder) throws Exception {
    Path fixture = Path.of(GoldenQwen3VlTest.class.getResource("/golden/qwen3_vl").toURI());
    Files.copy(fixture.resolve("model.safetensors"), folder.resolve("model.safetensors"));
    String config = Files.readString(fixture.resolve("config.json"));
    String unsaid = config.replaceAll("\"tie_word_embeddings\": true,?", "");
    assertThat(unsaid).isNotEqualTo(config);
    Files.writeString(folder.resolve("config.json"), unsaid);
    try (var checkpoint = Checkpoint.open(folder)) {
      assertThat(Architecture.of(checkpoint).tables()).hasSize(1);
    }
  }

  private static void agrees(Path folder) throws Exception {
    try (var checkpoint = Checkpoint.open(folder);
        var golden = Golden.open(folder);
        var grams = new Golden.Grams()) {
      var loader = WeightLoader.of(checkpoint, Dtype.F32);
      Architecture architecture = Architecture.of(checkpoint);
      Images images = architecture.images().orElseThrow();
      try (var tower = VisionTower.load(architecture, loader);
          var model = CausalModel.load(architecture, loader)) {
        for (String sequence : golden.sequences()) {
          try (var _ = TensorScope.open()) {
            Given given = Given.of(golden, sequence, images);
            Golden.assertClose(
                sequence,
                given.layout().positions(),
                golden.tensors().tensor(sequence + ".position_ids"),
                0,
                0);
            Map<String, Tensor> trace = new LinkedHashMap<>();
            Sight sight = null;
            if (given.pixels() != null) {
              var patches = new PatchLayout(given.grids(), images.merge());
              sight =
                  new Sight(
                      SeenTrace.images(tower, model, given.pixels(), patches, trace),
                      given.layout());
            }
            trace.putAll(SeenTrace.text(model, given.tokens(), sight));
            assertTrace(golden, sequence, trace);
            golden.assertLoss(sequence, requireNonNull(trace.get("logits")).squeeze(0));
          }
        }
        for (String sequence : golden.sequences()) {
          inPieces(golden, tower, model, Given.of(golden, sequence, images), sequence);
        }
      }
      // A trace applies the mergers twice, so the inputs are summed up without one.
      var observing = loader.decorated(grams::observe);
      try (var tower = VisionTower.load(architecture, observing);
          var model = CausalModel.load(architecture, observing)) {
        for (String sequence : golden.sequences()) {
          try (var _ = TensorScope.open()) {
            Given given = Given.of(golden, sequence, images);
            given.logits(model, given.sight(tower, images));
          }
        }
      }
      golden.assertGrams(grams.byName);
      inputsAreShared(architecture, grams.byName);
    }
  }

  private static void inputsAreShared(Architecture architecture, Map<String, Tensor> grams) {
    for (SharedInput group : architecture.projections().toList()) {
      Tensor first = requireNonNull(grams.get(group.first().name()));
      for (Projection projection : group.projections()) {
        assertThat(requireNonNull(grams.get(projection.name())).equal(first))
            .as(projection.name())
            .isTrue();
      }
    }
  }

  private static void assertTrace(Golden golden, String sequence, Map<String, Tensor> trace)
      throws Exception {
    for (var entry : trace.entrySet()) {
      String name = sequence + "." + entry.getKey();
      boolean logits = entry.getKey().equals("logits");
      Golden.assertClose(
          name,
          entry.getValue().squeeze(0),
          golden.tensors().tensor(name),
          logits ? 5e-4 : 1e-3,
          logits ? 0 : 1e-4);
    }
    List<String> missing =
        golden.tensors().names().stream()
            .filter(name -> name.startsWith(sequence + "."))
            .map(name -> name.substring(name.indexOf('.') + 1))
            .filter(name -> name.matches("logits|(vision\\.)?(hidden|deepstack|embeds).*"))
            .filter(name -> !trace.containsKey(name))
            .toList();
    assertThat(missing).isEmpty();
  }

  /** A prompt comes in pieces, and what follows images stands where they end. */
  private static void inPieces(
      Golden golden, VisionTower tower, CausalModel model, Given given, String sequence)
      throws Exception {
    try (var _ = TensorScope.open();
        KvCache cache = model.newCache()) {
      int count = given.layout().length();
      Sight sight = given.sight(tower, model.architecture().images().orElseThrow());
      var rows = new TensorVector();
      int at = 0;
      for (int piece : new int[] {5, 1, 4, count}) {
        int end = Math.min(count, at + piece);
        Tensor some = given.tokens().narrow(1, at, end - at);
        rows.push_back(
            (sight == null
                    ? model.logits(some, cache, end - at)
                    : model.logitsSeeing(some, sight.slice(at, end), cache, end - at))
                .squeeze(0));
        at = end;
        if (at == count) {
          break;
        }
      }
      golden.assertLogits(sequence, cat(rows, 0));
      if (sight != null) {
        oneByOne(golden, model, given, sight, sequence);
      }
    }
  }

  /** Tokens behind the last image are added one by one, by kernels where there are any. */
  private static void oneByOne(
      Golden golden, CausalModel model, Given given, Sight sight, String sequence)
      throws Exception {
    long[] tokens = Given.longs(given.tokens());
    int count = tokens.length;
    int text = 2;
    Tensor expected = golden.tensors().tensor(sequence + ".logits");
    for (boolean kernels : new boolean[] {false, true}) {
      try (KvCache cache = model.newCache()) {
        Tensor prompt = given.tokens().narrow(1, 0, count - text);
        model.logitsSeeing(prompt, sight.slice(0, count - text), cache, 1);
        cache.shift(given.layout().next() - count);
        for (int at = count - text; at < count; at++) {
          long[] one = {tokens[at]};
          Tensor row =
              kernels
                  ? Tensor.create(model.next(one, List.of(cache))[0])
                  : model.step(one, List.of(cache)).squeeze(0);
          Golden.assertClose(sequence, row, expected.select(0, at), 5e-4, 0);
        }
      }
    }
  }
}
