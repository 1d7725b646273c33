package io.compot.model;

import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Patches of images, one image behind the other. Those that become one token stand together: token
 * by token in the order of reading, and within a token likewise.
 *
 * @param images at least one
 * @param merge patches that become one token, in each direction
 */
public record PatchLayout(List<Grid> images, int merge) implements Layout {

  public PatchLayout {
    images = List.copyOf(images);
  }

  /** Patches of all images. */
  public long patches() {
    return images.stream().mapToLong(Grid::patches).sum();
  }

  /** Does something with each patch, in their order. */
  void forEach(Visitor visitor) {
    int at = 0;
    for (Grid image : images) {
      for (int row = 0; row < image.rows(); row += merge) {
        for (int column = 0; column < image.columns(); column += merge) {
          for (int inner = 0; inner < merge * merge; inner++) {
            visitor.visit(at++, image, row + inner / merge, column + inner % merge);
          }
        }
      }
    }
  }

  /** Takes the number of a patch, and where in its image it is. */
  @FunctionalInterface
  interface Visitor {
    void visit(int patch, Grid image, int row, int column);
  }

  /** The row of each patch and then the column of each, I64 [2, patches], in the caller's scope. */
  Tensor places() {
    int count = Math.toIntExact(patches());
    try (var scope = TensorScope.open();
        var arena = Arena.ofConfined()) {
      var segment = arena.allocate(ValueLayout.JAVA_LONG, 2L * count);
      forEach((patch, _, row, column) -> {
        segment.setAtIndex(ValueLayout.JAVA_LONG, patch, row);
        segment.setAtIndex(ValueLayout.JAVA_LONG, (long) count + patch, column);
      });
      // A copy: the memory behind it ends here.
      return scope.keep(NativeMemory.tensor(segment, Dtype.I64, 2, count).clone());
    }
  }
}
