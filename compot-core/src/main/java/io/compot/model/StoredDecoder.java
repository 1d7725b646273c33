package io.compot.model;

import io.compot.decode.Angles;
import io.compot.decode.Around;
import io.compot.decode.AttentionWeights;
import io.compot.decode.DecoderLayer;
import io.compot.decode.DecoderWeights;
import io.compot.decode.FeedForwardWeights;
import io.compot.decode.Gate;
import io.compot.decode.NormWeights;
import io.compot.decode.Projected;
import io.compot.form.codec.StoredWeights;
import io.compot.kernel.Weight;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A loaded model as kernels take it: the same memory, read in another way. Where a model has a part
 * that they do not know, there is none.
 */
final class StoredDecoder {

  /** A part that kernels do not know. */
  private static final class Unknown extends Exception {
    private static final long serialVersionUID = 1;

    Unknown(Object part) {
      super(part.getClass().getSimpleName());
    }
  }

  private StoredDecoder() {}

  /** The weights of a decoder; empty where it has other parts than those of Llama's kind. */
  static Optional<DecoderWeights> of(Embedding embedding, List<Block> blocks, Head head) {
    try (var _ = TensorScope.open()) {
      var layers = new ArrayList<DecoderLayer>();
      for (Block block : blocks) {
        layers.add(layer(block));
      }
      return Optional.of(weights(embedding, layers, head));
    } catch (Unknown e) {
      return Optional.empty();
    }
  }

  private static DecoderWeights weights(Embedding embedding, List<DecoderLayer> layers, Head head)
      throws Unknown {
    if (!(embedding instanceof TokenEmbedding tokens)
        || tokens.projection() != null
        || tokens.positions() != null) {
      throw new Unknown(embedding);
    }
    if (!(head instanceof OutputHead output) || output.projection() != null) {
      throw new Unknown(head);
    }
    Weight.ByRows table = tokens.table().stored().orElseThrow(() -> new Unknown(tokens));
    Double scale = tokens.scale();
    NormWeights norm = norm(output.norm());
    if (norm == null) {
      throw new Unknown(head);
    }
    return new DecoderWeights(
        table,
        scale == null ? 1 : scale,
        layers,
        norm,
        projected(output.output()),
        output.divisor(),
        output.cap());
  }

  private static DecoderLayer layer(Block block) throws Unknown {
    // Tokens that are added are text: such a block does nothing else with them.
    Block own = block instanceof SeeingBlock seeing ? seeing.inner() : block;
    if (!(own instanceof DecoderBlock decoder)) {
      throw new Unknown(block);
    }
    return new DecoderLayer(
        around(decoder.aroundAttention()),
        attention(decoder.attention()),
        around(decoder.aroundFeedForward()),
        feedForward(decoder.feedForward()));
  }

  private static Around around(Residual residual) throws Unknown {
    return new Around(
        norm(residual.before()),
        norm(residual.inner()),
        norm(residual.after()),
        residual.multiplier());
  }

  private static AttentionWeights attention(Attention attention) throws Unknown {
    Attention.Shape shape = attention.shape();
    List<Projected> input;
    Norm queryNorm = attention.queryNorm();
    Norm keyNorm = attention.keyNorm();
    switch (attention.input()) {
      case QueryKeyValue.Three three -> {
        input = List.of(projected(three.query()), projected(three.key()), projected(three.value()));
        queryNorm = queryNorm == null ? three.queryNorm() : queryNorm;
        keyNorm = keyNorm == null ? three.keyNorm() : keyNorm;
      }
      case QueryKeyValue.One one -> input = List.of(projected(one.all()));
      default -> throw new Unknown(attention.input());
    }
    Rotary rotary = shape.rotary();
    return new AttentionWeights(
        input,
        projected(attention.output()),
        Math.toIntExact(shape.heads()),
        Math.toIntExact(shape.kvHeads()),
        Math.toIntExact(shape.headDim()),
        rotary == null ? null : new RotaryAngles(rotary),
        shape.scoring().scale(),
        shape.scoring().softcap(),
        shape.scoring().window(),
        norm(queryNorm),
        norm(keyNorm));
  }

  private static FeedForwardWeights feedForward(FeedForward layer) throws Unknown {
    return switch (layer) {
      case GatedMlp mlp ->
          new FeedForwardWeights(
              List.of(projected(mlp.gate()), projected(mlp.up())),
              projected(mlp.down()),
              gate(mlp.activation()));
      case JoinedGatedMlp mlp ->
          new FeedForwardWeights(
              List.of(projected(mlp.gateUp())), projected(mlp.down()), gate(mlp.activation()));
      default -> throw new Unknown(layer);
    };
  }

  private static Gate gate(Activation activation) throws Unknown {
    return Gate.named(activation.name()).orElseThrow(() -> new Unknown(activation));
  }

  private static @Nullable NormWeights norm(@Nullable Norm norm) throws Unknown {
    return switch (norm) {
      case null -> null;
      case RmsNorm rms -> new NormWeights(floats(rms.weight()), rms.eps());
      case OffsetNorm offset -> new NormWeights(floats(offset.scale()), offset.eps());
      default -> throw new Unknown(norm);
    };
  }

  private static Projected projected(Linear linear) throws Unknown {
    return switch (linear) {
      case DenseLinear dense ->
          new Projected(
              StoredWeights.plain(dense.weight()).orElseThrow(() -> new Unknown(dense)),
              bias(dense.bias()));
      case PackedLinear packed ->
          new Projected(
              packed.product().stored().orElseThrow(() -> new Unknown(packed)),
              bias(packed.bias()));
      default -> throw new Unknown(linear);
    };
  }

  private static float @Nullable [] bias(@Nullable Tensor bias) {
    return bias == null ? null : floats(bias);
  }

  private static float[] floats(Tensor vector) {
    return NativeMemory.bytes(vector.to(ScalarType.Float).contiguous())
        .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  /** Computed as {@link Rotary#tables} does, but not rounded to the model's type. */
  private record RotaryAngles(Rotary rotary) implements Angles {

    @Override
    public int pairs() {
      return rotary.dim() / 2;
    }

    @Override
    public void at(int position, float[] cos, float[] sin) {
      RopeScaling scaling = rotary.scaling();
      double[] frequencies = scaling.frequencies(rotary.theta(), rotary.dim(), position + 1L);
      double factor = scaling.attentionFactor();
      for (int i = 0; i < frequencies.length; i++) {
        float angle = position * (float) frequencies[i];
        cos[i] = (float) (Math.cos(angle) * factor);
        sin[i] = (float) (Math.sin(angle) * factor);
      }
    }
  }
}
