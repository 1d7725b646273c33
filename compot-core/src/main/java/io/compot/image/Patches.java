package io.compot.image;

import io.compot.error.UsageException;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.pytorch.Tensor;

/**
 * A picture in the size in which a model sees it, ready to be cut into patches.
 *
 * @param picture whose sides are multiples of patch × merge
 */
public record Patches(Picture picture, ImageSettings settings) {

  /**
   * Resizes a picture as its processor does.
   *
   * @throws UsageException where it is too long for its width
   */
  public static Patches of(Picture picture, ImageSettings settings) throws UsageException {
    var size = settings.size().of(picture.height(), picture.width());
    return new Patches(Bicubic.resize(picture, size.width(), size.height()), settings);
  }

  /** Rows of patches. */
  public int rows() {
    return picture.height() / settings.patch();
  }

  /** Columns of patches. */
  public int columns() {
    return picture.width() / settings.patch();
  }

  /**
   * The normalised levels: patch after patch, those that become one token together; of each its
   * channels, the times it is repeated, its rows and columns.
   *
   * @return F32 [rows × columns, channels × times × patch × patch] in the caller's scope
   */
  public Tensor values() {
    int patch = settings.patch();
    int merge = settings.merge();
    long numbers = (long) Picture.CHANNELS * settings.times() * patch * patch;
    try (var scope = TensorScope.open()) {
      Tensor all = NativeMemory.empty(Dtype.F32, (long) rows() * columns(), numbers);
      MemorySegment bytes = NativeMemory.bytes(all);
      long at = 0;
      for (int row = 0; row < rows(); row += merge) {
        for (int column = 0; column < columns(); column += merge) {
          for (int inner = 0; inner < merge * merge; inner++) {
            at = put(bytes, at, (row + inner / merge) * patch, (column + inner % merge) * patch);
          }
        }
      }
      return scope.keep(all);
    }
  }

  private long put(MemorySegment bytes, long start, int top, int left) {
    int patch = settings.patch();
    long at = start;
    for (int channel = 0; channel < Picture.CHANNELS; channel++) {
      float mean = (float) (settings.mean().get(channel) / settings.scale());
      float deviation = (float) (settings.deviation().get(channel) / settings.scale());
      for (int time = 0; time < settings.times(); time++) {
        for (int row = top; row < top + patch; row++) {
          for (int column = left; column < left + patch; column++) {
            float value = (picture.level(row, column, channel) - mean) / deviation;
            bytes.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, at++, value);
          }
        }
      }
    }
    return at;
  }
}
