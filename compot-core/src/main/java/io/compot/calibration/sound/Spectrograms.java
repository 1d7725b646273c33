package io.compot.calibration.sound;

import io.compot.audio.LogMel;
import io.compot.audio.Resampler;
import io.compot.audio.Sound;
import io.compot.audio.SoundFile;
import io.compot.calibration.Lengths;
import io.compot.calibration.SampleSource;
import io.compot.error.InputException;
import io.compot.file.Sha256;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * What a model hears of files of sound, made when asked for.
 *
 * @param files one for each sample
 * @param digests SHA-256 of each
 * @param states hidden states that a spectrogram makes
 */
record Spectrograms(List<Path> files, List<String> digests, LogMel mel, int states)
    implements SampleSource {

  @Override
  public Lengths lengths() {
    return Lengths.same(files.size(), states);
  }

  @Override
  public Tensor batch(int from, int to) throws InputException {
    try (var scope = TensorScope.open()) {
      var rows = new TensorVector();
      for (Path file : files.subList(from, to)) {
        rows.push_back(of(file));
      }
      return scope.keep(torch.stack(rows));
    }
  }

  /**
   * The spectrogram of a file.
   *
   * @return [mels, frames]
   * @throws InputException where it cannot be read, or is longer than the model hears at once
   */
  Tensor of(Path file) throws InputException {
    Sound sound = Resampler.to(mel.rate(), SoundFile.read(file));
    if (sound.samples().length > mel.samples()) {
      throw InputException.in(
          file,
          "it is %.1f seconds long, but the model hears %.0f at once"
              .formatted(sound.seconds(), mel.seconds()),
          "cut it into pieces, where nobody speaks");
    }
    return mel.of(sound.samples());
  }

  @Override
  public SampleSource halved(int least) {
    if (files.size() < 2 * least) {
      return this;
    }
    var even = IntStream.range(0, files.size()).filter(i -> i % 2 == 0).boxed().toList();
    return new Spectrograms(
        even.stream().map(files::get).toList(),
        even.stream().map(digests::get).toList(),
        mel,
        states);
  }

  @Override
  public String identity() {
    return "%d files of sound, %s".formatted(files.size(), Sha256.key(digests, mel));
  }
}
