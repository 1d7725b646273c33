package io.compot.calibration.image;

import io.compot.calibration.Lengths;
import io.compot.calibration.SampleSource;
import io.compot.error.CompotException;
import io.compot.file.Sha256;
import io.compot.model.Layout;
import io.compot.tensor.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * What a tower sees of rows: the patches of all images of each.
 *
 * @param digests of the images
 */
record SeenPatches(List<SeenRow> rows, String digests) implements SampleSource {

  @Override
  public Lengths lengths() {
    return Lengths.alone(
        rows.stream().map(row -> Math.toIntExact(row.patches().patches())).toList());
  }

  @Override
  public Tensor batch(int from, int to) throws CompotException {
    var prompt = rows.get(from).prompt();
    try (var scope = TensorScope.open()) {
      return scope.keep(prompt.pixels().unsqueeze(0));
    }
  }

  @Override
  public Layout layout(int sample) {
    return rows.get(sample).patches();
  }

  @Override
  public SampleSource halved(int least) {
    return new SeenPatches(SeenTexts.half(rows, least), digests);
  }

  @Override
  public String identity() {
    return "images of %d rows, %s"
        .formatted(rows.size(), Sha256.key(rows.stream().map(SeenRow::patches).toList(), digests));
  }
}
