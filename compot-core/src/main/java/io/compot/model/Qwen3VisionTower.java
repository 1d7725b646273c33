package io.compot.model;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import java.util.Map;

/**
 * What Qwen3-VL sees with: blocks over the patches of images, and the mergers behind it.
 *
 * @param depth number of blocks
 * @param width H′
 * @param position rows of the table of positions, of which a square is used
 * @param joined width of the patches of one token together
 * @param out width of the decoder
 * @param indexes the block that each of the mergers of inner outputs belongs to, as the
 *     configuration orders them
 * @param taps the same blocks from the first to the last
 */
record Qwen3VisionTower(
    Dimension depth,
    Dimension width,
    Dimension heads,
    Dimension inner,
    Dimension channels,
    Dimension patch,
    Dimension times,
    Dimension merge,
    Dimension position,
    Dimension joined,
    Dimension out,
    Activation activation,
    double theta,
    List<Integer> indexes,
    List<Integer> taps) {

  /** Name of the stack. */
  static final String STACK = "vision";

  private static final String UNDER = "model.visual";
  private static final double EPS = 1e-6;

  /** What a head's width is a multiple of: pairs, turned by rows and columns. */
  private static final int TURNED = 4;

  /**
   * Reads it.
   *
   * @param decoder width of the decoder's hidden states
   * @throws InputException naming the field that makes no sense
   */
  static Qwen3VisionTower read(ConfigFile config, long decoder) throws InputException {
    Sizes sizes = new Sizes(config);
    Dimension depth = sizes.optional("depth", 27);
    Dimension width = sizes.optional("hidden_size", 1152);
    Dimension heads = sizes.optional("num_heads", 16);
    Dimension merge = sizes.optional("spatial_merge_size", 2);
    if (width.size() % (TURNED * heads.size()) != 0) {
      throw config.refuse(
          heads.field(),
          "%d heads in a width of %d are not a multiple of %d wide each"
              .formatted(heads.size(), width.size(), TURNED),
          "restore the original file");
    }
    Dimension out = sizes.optional("out_hidden_size", 3584);
    if (out.size() != decoder) {
      throw config.refuse(
          out.field(),
          out.size() + ", but the decoder is " + decoder + " wide",
          "restore the original file");
    }
    List<Integer> indexes =
        config.names("deepstack_visual_indexes")
            ? config.ints("deepstack_visual_indexes", 0, Math.toIntExact(depth.size()) - 1)
            : List.of(8, 16, 24);
    if (indexes.stream().distinct().count() != indexes.size()) {
      throw config.refuse(
          "deepstack_visual_indexes", "a block is there twice", "restore the original file");
    }
    return new Qwen3VisionTower(
        depth,
        width,
        heads,
        sizes.optional("intermediate_size", 4304),
        sizes.optional("in_channels", 3),
        sizes.optional("patch_size", 16),
        sizes.optional("temporal_patch_size", 2),
        merge,
        sizes.optional("num_position_embeddings", 2304),
        width.times(merge).times(merge),
        out,
        Activation.of(config, "hidden_act", "gelu_pytorch_tanh"),
        theta(config),
        indexes,
        indexes.stream().sorted().toList());
  }

  private static double theta(ConfigFile config) throws InputException {
    var given = config.optionalObject("rope_parameters");
    if (given.isEmpty()) {
      return RopeSettings.USUAL_THETA;
    }
    given.get().optionalChoice("rope_type", List.of("axial", "default"));
    return given.get().optionalPositive("rope_theta").orElse(RopeSettings.USUAL_THETA);
  }

  /** How images are given to it. */
  Images images(long token) {
    return new Images(
        token,
        Math.toIntExact(channels.size()),
        Math.toIntExact(patch.size()),
        Math.toIntExact(times.size()),
        Math.toIntExact(merge.size()));
  }

  /** Its blocks, whose hidden states have the inner outputs beside them. */
  BlockStack stack() {
    TensorSpec weight =
        TensorSpec.of(UNDER + ".patch_embed.proj.weight", width, channels, times, patch, patch);
    TensorSpec bias = TensorSpec.of(UNDER + ".patch_embed.proj.bias", width);
    TensorSpec positions = TensorSpec.of(UNDER + ".pos_embed.weight", position, width);
    long pixels = channels.size() * times.size() * patch.size() * patch.size();
    return new BlockStack(
        STACK,
        depth,
        UNDER + ".blocks",
        new Widths(Map.of()),
        width.size() * (1 + taps.size()),
        null,
        new PatchEntry.Spec(weight, bias, positions, taps.size()),
        List.of(-1L, pixels),
        this::block,
        new PlainExit.Spec());
  }

  private Part<Block> block(int number) {
    String name = UNDER + ".blocks." + number;
    Dimension all = width.with(width, width);
    var attention =
        new PatchAttention.Spec(
            new QueryKeyValue.Joined(
                new ProjectionSpec(name, "attn.qkv", width, all, true), width.size(), width.size()),
            new ProjectionSpec(name, "attn.proj", width, width, true),
            heads.size(),
            new Rotary(
                Math.toIntExact(width.size() / heads.size() / 2), theta, new RopeScaling.None()));
    var mlp =
        new PlainMlp.Spec(
            new ProjectionSpec(name, "mlp.linear_fc1", width, inner, true),
            new ProjectionSpec(name, "mlp.linear_fc2", inner, width, true),
            activation);
    var plain =
        new ResidualBlock.Spec(
            List.of(
                new ResidualBlock.Step(norm(name + ".norm1", width), attention),
                new ResidualBlock.Step(norm(name + ".norm2", width), mlp)));
    return taps.isEmpty()
        ? plain
        : new TappedBlock.Spec(plain, width.size(), taps.size(), taps.indexOf(number));
  }

  /** Makes tokens of the last block's output. */
  Part<Merger> merger() {
    return merger(UNDER, "merger.", width, false);
  }

  /** Makes of an inner output what is added behind a block of the decoder. */
  Part<Merger> deepstack(int number) {
    int merger = indexes.indexOf(taps.get(number));
    return merger(UNDER + ".deepstack_merger_list." + merger, "", joined, true);
  }

  private Part<Merger> merger(String under, String kind, Dimension normed, boolean joinedFirst) {
    return new Merger.Spec(
        norm(under + "." + kind + "norm", normed),
        new ProjectionSpec(under, kind + "linear_fc1", joined, joined, true),
        new ProjectionSpec(under, kind + "linear_fc2", joined, out, true),
        width.size(),
        merge.size() * merge.size(),
        joinedFirst);
  }

  private static Part<Norm> norm(String name, Dimension size) {
    return new LayerNorm.Spec(name, size, true, EPS);
  }
}
