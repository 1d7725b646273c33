package io.compot.calibration.image;

import io.compot.calibration.Lengths;
import io.compot.calibration.SampleSource;
import io.compot.file.Sha256;
import io.compot.model.Layout;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** What a decoder reads of rows: their tokens, around their images. */
record SeenTexts(List<SeenRow> rows) implements SampleSource {

  @Override
  public Lengths lengths() {
    return Lengths.alone(rows.stream().map(row -> row.tokens().size()).toList());
  }

  @Override
  public Tensor batch(int from, int to) {
    long[] tokens = rows.get(from).tokens().stream().mapToLong(Long::longValue).toArray();
    try (var scope = TensorScope.open()) {
      return scope.keep(Tensor.create(tokens).view(1, tokens.length));
    }
  }

  @Override
  public Layout layout(int sample) {
    return rows.get(sample).layout();
  }

  @Override
  public SampleSource halved(int least) {
    return new SeenTexts(half(rows, least));
  }

  static List<SeenRow> half(List<SeenRow> rows, int least) {
    return rows.size() < 2 * least
        ? rows
        : IntStream.range(0, rows.size()).filter(i -> i % 2 == 0).mapToObj(rows::get).toList();
  }

  @Override
  public String identity() {
    return "%d texts with images, %s"
        .formatted(rows.size(), Sha256.key(rows.stream().map(SeenRow::tokens).toList()));
  }
}
