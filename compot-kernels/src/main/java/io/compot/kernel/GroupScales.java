package io.compot.kernel;

import static io.compot.kernel.Lanes.F;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/**
 * The scales of a row's groups as vectors, a lane for each lane of a block. A code q is spread out
 * as f = 1 + q/2^width, so that w = s(q − z) = (s·2^width)·f − s(2^width + z): both numbers have so
 * few bits that w is as exact as if it was computed so.
 */
final class GroupScales {

  private final Weight.Grouped weight;
  private final Codes codes;
  private final int lanes;
  private final int[] first;
  private final VectorShuffle<Float>[] shuffles;
  private final boolean uniform;

  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays know no type arguments
  GroupScales(Weight.Grouped weight, int lanes, int laneCodes, int blocks) {
    this.weight = weight;
    this.codes = new Codes(weight);
    this.lanes = lanes;
    this.first = new int[blocks];
    this.shuffles = new VectorShuffle[blocks];
    this.uniform = weight.groups() == 1 || weight.group() % (lanes * laneCodes) == 0;
    for (int block = 0; block < blocks; block++) {
      int column = block * lanes * laneCodes;
      first[block] = column / weight.group();
      int from = first[block];
      shuffles[block] =
          VectorShuffle.fromOp(
              F, lane -> Math.min(lanes - 1, (column + lane * laneCodes) / weight.group() - from));
    }
  }

  /** Floats that {@link #read} needs. */
  int room() {
    return weight.groups() + lanes + 1;
  }

  /** Factor and shift of each group of a row. */
  void read(int row, float[] factors, float[] shifts) {
    int whole = 1 << weight.width();
    int groups = weight.groups();
    if (weight.zeros() == null) {
      float middle = whole + whole / 2;
      for (int group = 0; group < groups; group++) {
        float scale = codes.scale(row, group);
        factors[group] = scale * whole;
        shifts[group] = -scale * middle;
      }
      return;
    }
    for (int group = 0; group < groups; group++) {
      float scale = codes.scale(row, group);
      factors[group] = scale * whole;
      shifts[group] = -scale * (whole + codes.zero(row, group));
    }
  }

  /** What stands for the lanes of a block. */
  FloatVector vector(float[] ofGroups, int block) {
    if (uniform) {
      return FloatVector.broadcast(F, ofGroups[first[block]]);
    }
    return FloatVector.fromArray(F, ofGroups, first[block]).rearrange(shuffles[block]);
  }
}
