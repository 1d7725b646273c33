package io.compot;

import io.compot.error.InputException;
import io.compot.safetensors.SafetensorsFile;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Tensor;

/** What a forward pass is given in a file. */
record ForwardInputs(SafetensorsFile file, String sequence) {

  private static final Pattern NUMBER = Pattern.compile(".*?(\\d+)");
  private static final String ADVICE =
      "give a file with NAME.input_ids, and NAME.mel for a model that hears";

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

  private InputException refuse(String name, String problem, String advice) {
    return InputException.in(file.file(), name, problem, advice);
  }
}
