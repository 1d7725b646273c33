package io.compot.evaluation.vision;

import io.compot.error.InputException;
import io.compot.image.Alpha;
import io.compot.image.ImageFile;
import io.compot.image.Picture;
import io.compot.text.rows.Row;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * The images of a row, as the hub's data sets have them: bytes, or the name of a file beside the
 * data. What one can see through is dropped, as lmms-eval does.
 */
final class RowImages {

  private RowImages() {}

  static List<Picture> of(VisionItem item) throws InputException {
    List<Picture> pictures = new ArrayList<>();
    for (String column : item.images()) {
      pictures.add(of(item.row(), column));
    }
    return pictures;
  }

  private static Picture of(Row row, String column) throws InputException {
    JsonNode image = row.columns().get(column);
    JsonNode bytes = image == null ? null : image.get("bytes");
    String name = "%s: row %d: %s".formatted(row.file(), row.number(), column);
    if (bytes != null && bytes.isBinary()) {
      return ImageFile.read(bytes.binaryValue(), name, Alpha.DROPPED);
    }
    JsonNode path = image == null ? null : image.get("path");
    if (path != null && path.isString() && !path.stringValue().isEmpty()) {
      Path folder = row.file().toAbsolutePath().getParent();
      return ImageFile.read(
          (folder == null ? Path.of("") : folder).resolve(path.stringValue()), Alpha.DROPPED);
    }
    throw row.refuse(column, "the question names this image, but the row has none");
  }
}
