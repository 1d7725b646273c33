package io.compot;

import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.model.Grid;
import io.compot.model.Images;
import io.compot.model.TokenLayout;
import io.compot.safetensors.SafetensorsFile;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Tensor;

/** What a forward pass is given in a file. */
record ForwardInputs(SafetensorsFile file, String sequence) {

  private static final Pattern NUMBER = Pattern.compile(".*?(\\d+)");
  private static final String ADVICE =
      "give a file with NAME.input_ids, and NAME.mel for a model that hears";
  private static final String GRID_ADVICE =
      "give NAME.pixel_values and NAME.image_grid_thw as the model's processor makes them";

  /** Patches of an image in one direction, far beyond what any model takes. */
  private static final long MOST_PATCHES = 1 << 16;

  /**
   * The tokens, I64 [1, T].
   *
   * @param most how many the model takes
   * @param vocabulary how many it knows
   */
  Tensor tokens(int most, long vocabulary) throws InputException {
    String name = sequence + ".input_ids";
    if (!file.has(name)) {
      throw refuse(name, "the tensor is missing", ADVICE);
    }
    TensorInfo info = file.info(name);
    if (info.dtype() != Dtype.I64 || info.elements() == 0 || info.elements() > most) {
      throw refuse(
          name,
          "%s %s, but expected I64 and from 1 to %d tokens"
              .formatted(info.dtype(), info.shape(), most),
          ADVICE);
    }
    try (var scope = TensorScope.open()) {
      Tensor tokens = file.tensor(name).view(1, info.elements());
      long least = tokens.min().item_long();
      long largest = tokens.max().item_long();
      if (least < 0 || largest >= vocabulary) {
        throw refuse(
            name,
            "token %d is not in the vocabulary, from 0 to %d"
                .formatted(least < 0 ? least : largest, vocabulary - 1),
            "take the tokens from this model's tokenizer");
      }
      return scope.keep(tokens);
    }
  }

  /**
   * The spectrogram, [1, mels, frames].
   *
   * @param shape that the model takes: mels, frames
   */
  Tensor spectrogram(List<Long> shape) throws InputException {
    String name = sequence + ".mel";
    var number = NUMBER.matcher(sequence);
    if (!file.has(name) && number.matches()) {
      name = "wave" + number.group(1) + ".mel";
    }
    if (!file.has(name)) {
      throw refuse(sequence + ".mel", "the tensor is missing", ADVICE);
    }
    TensorInfo info = file.info(name);
    if (!info.dtype().isFloating() || !info.shape().equals(shape)) {
      throw refuse(
          name,
          "%s %s, but expected numbers of shape %s".formatted(info.dtype(), info.shape(), shape),
          "give the log-mel spectrogram of as much sound as the model hears at once");
    }
    try (var scope = TensorScope.open()) {
      return scope.keep(file.finiteTensor(name).unsqueeze(0));
    }
  }

  /**
   * How the tokens lie around the images that they name.
   *
   * @param tokens I64 [1, T]
   */
  TokenLayout layout(Tensor tokens, Images images) throws InputException {
    long[] ids = NativeMemory.bytes(tokens).toArray(ValueLayout.JAVA_LONG_UNALIGNED);
    try {
      return TokenLayout.of(ids, images.token(), grids(images), images.merge());
    } catch (UsageException e) {
      throw refuse(sequence + ".input_ids", e.getMessage(), GRID_ADVICE);
    }
  }

  /** The images, none where the file has none of this sequence. */
  List<Grid> grids(Images images) throws InputException {
    String name = sequence + ".image_grid_thw";
    if (!file.has(name)) {
      return List.of();
    }
    TensorInfo info = file.info(name);
    if (info.dtype() != Dtype.I64 || info.shape().size() != 2 || info.shape().getLast() != 3) {
      throw refuse(
          name,
          "%s %s, but expected I64 [images, 3]".formatted(info.dtype(), info.shape()),
          GRID_ADVICE);
    }
    List<Grid> grids = new ArrayList<>();
    try (var _ = TensorScope.open()) {
      long[] all = NativeMemory.bytes(file.tensor(name)).toArray(ValueLayout.JAVA_LONG_UNALIGNED);
      for (int at = 0; at < all.length; at += 3) {
        grids.add(grid(name, all[at], all[at + 1], all[at + 2], images.merge()));
      }
    }
    return grids;
  }

  private Grid grid(String name, long times, long rows, long columns, int merge)
      throws InputException {
    if (times != 1) {
      throw refuse(
          name,
          "%d pictures in a row are a film, which is not supported".formatted(times),
          "give images, whose first number is 1");
    }
    if (!fits(rows, merge) || !fits(columns, merge)) {
      throw refuse(
          name,
          "%d x %d patches are not a multiple of %d in each direction"
              .formatted(rows, columns, merge),
          GRID_ADVICE);
    }
    return new Grid(Math.toIntExact(rows), Math.toIntExact(columns));
  }

  private static boolean fits(long patches, int merge) {
    return patches > 0 && patches <= MOST_PATCHES && patches % merge == 0;
  }

  /** The pixels of all images, [patches, numbers of a patch], in the caller's scope. */
  Tensor pixels(Images images) throws InputException {
    String name = sequence + ".pixel_values";
    if (!file.has(name)) {
      throw refuse(name, "the tensor is missing", GRID_ADVICE);
    }
    long patches = grids(images).stream().mapToLong(Grid::patches).sum();
    List<Long> shape = List.of(patches, images.patchSize());
    TensorInfo info = file.info(name);
    if (!info.dtype().isFloating() || !info.shape().equals(shape)) {
      throw refuse(
          name,
          "%s %s, but the grids say numbers of shape %s"
              .formatted(info.dtype(), info.shape(), shape),
          GRID_ADVICE);
    }
    return file.finiteTensor(name);
  }

  private InputException refuse(String name, String problem, String advice) {
    return InputException.in(file.file(), name, problem, advice);
  }
}
