package io.compot.vision;

import static org.bytedeco.pytorch.global.torch.cat;

import io.compot.error.UsageException;
import io.compot.image.Patches;
import io.compot.model.Grid;
import io.compot.model.Images;
import io.compot.model.PatchLayout;
import io.compot.model.Sight;
import io.compot.model.TokenLayout;
import io.compot.model.VisionTower;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/** The tokens of a text, with as many for each image as it takes, and the images. */
public final class SeenPrompt {

  private final long[] tokens;
  private final List<Patches> images;
  private final PatchLayout patches;
  private final TokenLayout layout;

  private SeenPrompt(long[] tokens, List<Patches> images, PatchLayout patches, TokenLayout layout) {
    this.tokens = tokens;
    this.images = images;
    this.patches = patches;
    this.layout = layout;
  }

  /**
   * Makes room for the images.
   *
   * @param text with one token for each image
   * @param images at least one, in the order in which they stand in the text
   * @throws UsageException where the text has another number of places for images
   */
  public static SeenPrompt of(long[] text, List<Patches> images, Images how) throws UsageException {
    long places = Arrays.stream(text).filter(token -> token == how.token()).count();
    if (places != images.size()) {
      throw new UsageException(
          "the prompt has %d places for images, but there are %d images; give one for each place"
              .formatted(places, images.size()));
    }
    List<Grid> grids =
        images.stream().map(image -> new Grid(image.rows(), image.columns())).toList();
    var room = LongStream.builder();
    int next = 0;
    for (long token : text) {
      long count = token == how.token() ? grids.get(next++).tokens(how.merge()) : 1;
      for (long i = 0; i < count; i++) {
        room.add(token);
      }
    }
    long[] tokens = room.build().toArray();
    var layout = TokenLayout.of(tokens, how.token(), grids, how.merge());
    return new SeenPrompt(tokens, List.copyOf(images), new PatchLayout(grids, how.merge()), layout);
  }

  /** A copy of the tokens. */
  public long[] tokens() {
    return tokens.clone();
  }

  /** How many they are. */
  public int length() {
    return tokens.length;
  }

  /** How the tokens lie. */
  public TokenLayout layout() {
    return layout;
  }

  /** How the patches of all images lie. */
  public PatchLayout patches() {
    return patches;
  }

  /** The patches of all images, F32 [patches, numbers of one], in the caller's scope. */
  public Tensor pixels() {
    try (var scope = TensorScope.open()) {
      var all = new ArrayList<Tensor>();
      images.forEach(image -> all.add(image.values()));
      return scope.keep(cat(new TensorVector(all.toArray(Tensor[]::new)), 0));
    }
  }

  /** What the decoder sees of it, in the caller's scope. */
  public Sight sight(VisionTower tower) {
    try (var scope = TensorScope.open()) {
      return new Sight(scope.keep(tower.encode(pixels(), patches)), layout);
    }
  }
}
