package io.compot.calibration.sound;

import io.compot.calibration.Lengths;
import io.compot.calibration.SampleSource;
import io.compot.calibration.TokenWindows;
import io.compot.file.Sha256;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * The tokens that belong to files of sound, prompts and texts, of any length each.
 *
 * @param texts one for each sample
 */
record WrittenTokens(List<long[]> texts) implements SampleSource {

  @Override
  public Lengths lengths() {
    return new Lengths(texts.stream().map(text -> text.length).toList());
  }

  @Override
  public Tensor batch(int from, int to) {
    return new TokenWindows(texts.subList(from, to)).batch(0, to - from);
  }

  @Override
  public SampleSource halved(int least) {
    return texts.size() < 2 * least
        ? this
        : new WrittenTokens(
            IntStream.range(0, texts.size()).filter(i -> i % 2 == 0).mapToObj(texts::get).toList());
  }

  @Override
  public String identity() {
    return "%d texts, %s"
        .formatted(texts.size(), Sha256.key(texts.stream().map(Arrays::toString).toList()));
  }
}
