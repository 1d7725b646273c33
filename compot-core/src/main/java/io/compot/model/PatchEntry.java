package io.compot.model;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.linear;

import io.compot.error.InputException;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;

/**
 * From the pixels of patches to a vision tower's first hidden states: one product, since the
 * convolution's steps are as wide as its kernel, and positions from a square table, in between
 * whose rows is interpolated where an image has another number of patches.
 *
 * @param weight [H, channels, times, patch, patch]
 * @param bias [H]
 * @param positions [side², H]
 * @param taps room for as many outputs of blocks behind the hidden states, zero here
 */
record PatchEntry(Weights weights, Tensor weight, Tensor bias, Tensor positions, int taps)
    implements Entry {

  /** Rows of the table that a position lies between. */
  private static final int CORNERS = 4;

  /**
   * See {@link Entry#forward}.
   *
   * @param samples [1, patches, channels × times × patch × patch]
   * @param context with a {@link PatchLayout}
   */
  @Override
  public Tensor forward(Tensor samples, Context context) {
    if (!(context.layout() instanceof PatchLayout layout)) {
      throw new IllegalArgumentException("nobody says how the patches lie");
    }
    try (var scope = TensorScope.open()) {
      Tensor pixels = samples.to(weights.computation().scalarType());
      Tensor flat = weight.reshape(weight.size(0), -1);
      Tensor seen = linear(pixels, flat, new TensorOptional(bias));
      Tensor hidden = seen.add(places(layout).to(seen.scalar_type()));
      var all = new TensorVector(hidden);
      for (int tap = 0; tap < taps; tap++) {
        all.push_back(hidden.new_zeros(hidden.sizes()));
      }
      return scope.keep(cat(all, 2));
    }
  }

  /** The interpolated positions, [patches, H]. */
  private Tensor places(PatchLayout layout) {
    int side = (int) Math.sqrt((double) positions.size(0));
    int count = Math.toIntExact(layout.patches());
    try (var scope = TensorScope.open();
        var arena = Arena.ofConfined()) {
      var rows = arena.allocate(ValueLayout.JAVA_LONG, (long) CORNERS * count);
      var parts = arena.allocate(ValueLayout.JAVA_FLOAT, (long) CORNERS * count);
      layout.forEach((patch, image, row, column) -> {
        float down = between(row, image.rows(), side);
        float right = between(column, image.columns(), side);
        for (int corner = 0; corner < CORNERS; corner++) {
          int lower = corner / 2;
          int righter = corner % 2;
          long at = (long) patch * CORNERS + corner;
          long tableRow = Math.min((long) down + lower, side - 1L);
          long tableColumn = Math.min((long) right + righter, side - 1L);
          rows.setAtIndex(ValueLayout.JAVA_LONG, at, tableRow * side + tableColumn);
          parts.setAtIndex(ValueLayout.JAVA_FLOAT, at, part(down, lower) * part(right, righter));
        }
      });
      Tensor wanted = NativeMemory.tensor(rows, Dtype.I64, (long) CORNERS * count);
      Tensor shares = NativeMemory.tensor(parts, Dtype.F32, count, CORNERS, 1);
      Tensor table = positions.index_select(0, wanted).view(count, CORNERS, positions.size(1));
      return scope.keep(table.mul(shares).sum(1));
    }
  }

  /** Where in the table a place is whose first and last lie on the table's first and last. */
  private static float between(int place, int places, int side) {
    return (float) place * (side - 1) / Math.max(places - 1, 1);
  }

  private static float part(float at, int upper) {
    float behind = at - (float) Math.floor(at);
    return upper == 1 ? behind : 1 - behind;
  }

  @Override
  public void close() {
    weights.close();
  }

  /** The entry of the named tensors. */
  record Spec(TensorSpec weight, TensorSpec bias, TensorSpec positions, int taps)
      implements Part<Entry> {

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.of(weight, bias, positions);
    }

    @Override
    public Entry load(Weights weights) throws InputException {
      return new PatchEntry(
          weights, weights.tensor(weight), weights.tensor(bias), weights.tensor(positions), taps);
    }
  }
}
