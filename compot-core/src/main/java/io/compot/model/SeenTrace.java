package io.compot.model;

import io.compot.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** A forward pass of a model that sees, with everything on the way. */
public final class SeenTrace {

  private SeenTrace() {}

  /**
   * What the tower makes of images: {@code vision.hidden.k}, {@code vision.embeds} and {@code
   * vision.deepstack.k}.
   *
   * @param pixels as {@link VisionTower#encode} takes them
   * @param trace where it is put, [1, ...] each, in the caller's scope
   * @return what the decoder looks at
   */
  public static Tensor images(
      VisionTower tower,
      CausalModel model,
      Tensor pixels,
      PatchLayout layout,
      Map<String, Tensor> trace) {
    try (var scope = TensorScope.open()) {
      List<Tensor> states = tower.states(pixels, layout);
      Tensor memory = scope.keep(states.getLast());
      long width = width(model, memory);
      for (int k = 0; k < states.size(); k++) {
        trace.put(
            tower.name() + ".hidden." + k, scope.keep(TappedBlock.part(states.get(k), width, 0)));
      }
      for (Block block : model.blocks()) {
        if (block instanceof SeeingBlock seeing) {
          put(seeing.before(), memory, 0, tower.name() + ".embeds", trace, scope);
          String tap = tower.name() + ".deepstack." + seeing.number();
          put(seeing.after(), memory, 1 + seeing.number(), tap, trace, scope);
        }
      }
      return memory;
    }
  }

  private static void put(
      @Nullable Merger merger,
      Tensor memory,
      int part,
      String name,
      Map<String, Tensor> trace,
      TensorScope scope) {
    if (merger != null) {
      Tensor seen = TappedBlock.part(memory, merger.width(), part).squeeze(0);
      trace.put(name, scope.keep(merger.apply(seen).unsqueeze(0)));
    }
  }

  private static long width(CausalModel model, Tensor memory) {
    for (Block block : model.blocks()) {
      if (block instanceof SeeingBlock seeing && seeing.before() != null) {
        return seeing.before().width();
      }
    }
    return memory.size(2);
  }

  /**
   * What the decoder makes of a text: {@code hidden.0} (input of block 0, with images in it),
   * {@code hidden.k} (output of block k-1 itself), {@code hidden_in.k} (with what is added there),
   * {@code hidden.final} and {@code logits}.
   *
   * @param tokens I64 [1, T]
   * @param sight images; null where there are none
   * @return [1, T, ...] each, in the caller's scope
   */
  public static Map<String, Tensor> text(CausalModel model, Tensor tokens, @Nullable Sight sight) {
    Context context = Sight.of(sight, Context.none());
    try (var scope = TensorScope.open()) {
      Map<String, Tensor> trace = new LinkedHashMap<>();
      Tensor hidden = model.embedded(tokens);
      List<Block> blocks = model.blocks();
      for (int k = 0; k < blocks.size(); k++) {
        Block block = blocks.get(k);
        Tensor into = hidden;
        Tensor out;
        if (block instanceof SeeingBlock seeing) {
          into = seeing.entering(hidden, context);
          out = seeing.inner().forward(into, context);
          hidden = seeing.added(out, context);
        } else {
          out = block.forward(into, context);
          hidden = out.alias();
        }
        if (k == 0) {
          trace.put("hidden.0", scope.keep(into));
        }
        trace.put("hidden." + (k + 1), scope.keep(out));
        trace.put("hidden_in." + (k + 1), scope.keep(hidden));
      }
      Tensor normalised = scope.keep(model.head().normalise(hidden));
      trace.put("hidden.final", normalised);
      trace.put("logits", scope.keep(model.head().logits(normalised)));
      return trace;
    }
  }
}
