package io.compot.model;

import io.compot.error.UsageException;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * The tokens of a text with images in it: each has a position in time and one in each direction of
 * an image (M-RoPE, arXiv 2409.12191, section 2.1). A text's three are the same and count up; an
 * image stands at one time, its tokens spread over rows and columns from there, and what follows
 * begins behind the larger of the two.
 */
public final class TokenLayout implements Layout {

  private static final int AXES = 3;

  private final long[][] positions;
  private final long[] rows;
  private final long before;
  private final long next;

  private TokenLayout(long[][] positions, long[] rows, long before, long next) {
    this.positions = positions;
    this.rows = rows;
    this.before = before;
    this.next = next;
  }

  /**
   * The layout of a text.
   *
   * @param tokens from the beginning
   * @param imageToken stands for a piece of an image
   * @param images in the order in which they stand in the text
   * @param merge patches that become one token, in each direction
   * @throws UsageException where the text has not the tokens of just these images
   */
  public static TokenLayout of(long[] tokens, long imageToken, List<Grid> images, int merge)
      throws UsageException {
    long[][] positions = new long[AXES][tokens.length];
    long[] rows = new long[tokens.length];
    int seen = 0;
    long next = 0;
    Iterator<Grid> rest = images.iterator();
    int at = 0;
    while (at < tokens.length) {
      if (tokens[at] != imageToken) {
        for (long[] axis : positions) {
          axis[at] = next;
        }
        at++;
        next++;
        continue;
      }
      if (!rest.hasNext()) {
        throw new UsageException(
            "token %d of the text stands for an image, but there are only %d images"
                .formatted(at, images.size()));
      }
      Grid image = rest.next();
      int wide = image.columns() / merge;
      long count = image.tokens(merge);
      for (int i = 0; i < count; i++, at++) {
        if (at == tokens.length || tokens[at] != imageToken) {
          throw new UsageException(
              "an image of %d x %d patches stands for %d tokens, but the text has %d there"
                  .formatted(image.rows(), image.columns(), count, i));
        }
        positions[0][at] = next;
        positions[1][at] = next + i / wide;
        positions[2][at] = next + i % wide;
        rows[seen++] = at;
      }
      next += Math.max(image.rows(), image.columns()) / merge;
    }
    if (rest.hasNext()) {
      throw new UsageException(
          "there are %d images, but the text has no place for the last of them"
              .formatted(images.size()));
    }
    return new TokenLayout(positions, Arrays.copyOf(rows, seen), 0, next);
  }

  /** Some of the tokens, with the positions that they have here. */
  public TokenLayout slice(int from, int to) {
    long[][] some = new long[AXES][];
    for (int axis = 0; axis < AXES; axis++) {
      some[axis] = Arrays.copyOfRange(positions[axis], from, to);
    }
    long earlier = Arrays.stream(rows).filter(row -> row < from).count();
    long[] own =
        Arrays.stream(rows).filter(row -> row >= from && row < to).map(row -> row - from).toArray();
    return new TokenLayout(some, own, before + earlier, next);
  }

  /** Tokens. */
  public int length() {
    return positions[0].length;
  }

  /** The position of what follows the whole text. */
  public long next() {
    return next;
  }

  /** Tokens of images among these. */
  public int images() {
    return rows.length;
  }

  /** Tokens of images in the text before these. */
  long imagesBefore() {
    return before;
  }

  /** Where among these tokens those of images stand: I64 [images], in the caller's scope. */
  Tensor rows() {
    return tensor(rows, rows.length);
  }

  /** I64 [3, T]: time, row and column of each token, in the caller's scope. */
  public Tensor positions() {
    long[] all = new long[AXES * length()];
    for (int axis = 0; axis < AXES; axis++) {
      System.arraycopy(positions[axis], 0, all, axis * length(), length());
    }
    return tensor(all, AXES, length());
  }

  private static Tensor tensor(long[] numbers, long... shape) {
    try (var scope = TensorScope.open();
        var arena = Arena.ofConfined()) {
      var segment = arena.allocateFrom(ValueLayout.JAVA_LONG, numbers);
      // A copy: the memory behind it ends here.
      return scope.keep(NativeMemory.tensor(segment, Dtype.I64, shape).clone());
    }
  }
}
