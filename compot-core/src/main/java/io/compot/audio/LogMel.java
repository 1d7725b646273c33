package io.compot.audio;

import static org.bytedeco.pytorch.global.torch.hann_window;
import static org.bytedeco.pytorch.global.torch.max;
import static org.bytedeco.pytorch.global.torch.stft;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import io.compot.text.ConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The log-mel spectrograms that Whisper hears (Radford et al., arXiv 2212.04356, 2.2): sound is
 * padded with zeros to what the model hears at once, powers of short spectra are summed into mel
 * bands, and their logarithms kept within eight powers of ten of the largest and brought near 0.
 *
 * @param bands of a frame
 * @param rate samples a second
 * @param window samples of a spectrum
 * @param hop samples from one frame to the next
 * @param samples that the model hears at once
 */
public record LogMel(int bands, int rate, int window, int hop, int samples) {

  private static final String FILE = "preprocessor_config.json";

  /**
   * What a model's folder says in {@code preprocessor_config.json}; Whisper's first models' where
   * there is none.
   *
   * @param bands that the model takes
   * @throws InputException where it makes no sense
   */
  public static LogMel of(Path folder, int bands) throws InputException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return new LogMel(bands, 16_000, 400, 160, 480_000);
    }
    ConfigFile config = ConfigFile.read(file);
    int said = config.optionalPositiveInt("feature_size", 4096).orElse(bands);
    if (said != bands) {
      throw config.refuse(
          "feature_size", said + ", but the model takes " + bands, "fetch the file again");
    }
    int rate = config.optionalPositiveInt("sampling_rate", 1 << 20).orElse(16_000);
    return new LogMel(
        bands,
        rate,
        config.optionalPositiveInt("n_fft", 1 << 16).orElse(400),
        config.optionalPositiveInt("hop_length", 1 << 16).orElse(160),
        config.optionalPositiveInt("n_samples", 1 << 28).orElse(30 * rate));
  }

  /** Frames of a spectrogram. */
  public int frames() {
    return samples / hop;
  }

  /** Seconds that the model hears at once. */
  public double seconds() {
    return (double) samples / rate;
  }

  /**
   * The spectrogram of a piece of sound.
   *
   * @param sound at this rate; what is beyond the model's hearing is cut off, what lacks is silence
   * @return [bands, frames], F32, in the caller's scope
   */
  public Tensor of(float[] sound) {
    try (var scope = TensorScope.open()) {
      Tensor logs = logs(mirrored(Arrays.copyOf(sound, samples), true, true), frames());
      return scope.keep(near(logs, max(logs).item_double()));
    }
  }

  /**
   * Logarithms of the bands' powers, before they are brought near 0.
   *
   * @param sound half a window before the first frame's centre and more
   * @param frames of a hop each
   * @return [bands, frames], F64, in the caller's scope
   */
  Tensor logs(float[] sound, int frames) {
    try (var scope = TensorScope.open()) {
      Tensor spectra =
          stft(
              Tensor.create(sound).to(ScalarType.Double),
              window,
              new LongOptional(hop),
              new LongOptional(window),
              new TensorOptional(hann_window(window, new TensorOptions(ScalarType.Double))),
              false,
              "reflect",
              false,
              new BoolOptional(true),
              new BoolOptional(true),
              new BoolOptional());
      Tensor power = spectra.narrow(1, 0, frames).abs().square();
      int bins = window / 2 + 1;
      Tensor filters = Tensor.create(MelFilters.of(bands, bins, rate)).view(bands, bins);
      return scope.keep(filters.mm(power).clamp_min(new Scalar(1e-10)).log10());
    }
  }

  /**
   * Kept within eight powers of ten of the largest, and brought near 0.
   *
   * @param largest of all the sound
   * @return F32, in the caller's scope
   */
  static Tensor near(Tensor logs, double largest) {
    try (var scope = TensorScope.open()) {
      Tensor near =
          logs.clamp_min(new Scalar(largest - 8)).add(new Scalar(4.0)).div(new Scalar(4.0));
      return scope.keep(near.to(ScalarType.Float).contiguous());
    }
  }

  /** With half a window's sound at an end put behind it, in reverse. */
  float[] mirrored(float[] sound, boolean before, boolean behind) {
    int half = window / 2;
    int in = before ? half : 0;
    float[] all = new float[in + sound.length + (behind ? half : 0)];
    System.arraycopy(sound, 0, all, in, sound.length);
    for (int i = 1; i <= half; i++) {
      if (before) {
        all[half - i] = sound[i];
      }
      if (behind) {
        all[in + sound.length - 1 + i] = sound[sound.length - 1 - i];
      }
    }
    return all;
  }
}
