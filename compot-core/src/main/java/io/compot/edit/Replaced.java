package io.compot.edit;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.file.Sha256;
import io.compot.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Puts other tensors in the place of some, as those that training has changed; of packed weights,
 * too, whose form stays what it was.
 *
 * @param tensors by its name, the safetensors file that holds a tensor of this name and shape
 */
public record Replaced(Map<String, Path> tensors) implements Edit {

  public Replaced {
    tensors = Collections.unmodifiableMap(new TreeMap<>(tensors));
  }

  @Override
  public ModelSource on(ModelSource model) throws InputException {
    var edited = new EditedModel.Builder(model);
    var opened = new HashMap<Path, SafetensorsFile>();
    boolean whole = false;
    try {
      for (var tensor : tensors.entrySet()) {
        String name = tensor.getKey();
        Path path = tensor.getValue();
        SafetensorsFile file = opened.get(path);
        if (file == null) {
          file = SafetensorsFile.open(path);
          opened.put(path, file);
          edited.note("replaced by " + path.getFileName(), digest(path));
        }
        var shape = model.info(name).shape();
        if (!file.has(name) || !file.info(name).shape().equals(shape)) {
          throw InputException.in(
              path,
              "tensor " + Shown.of(name),
              "it is to replace one of shape %s, but is %s"
                  .formatted(shape, file.has(name) ? "of " + file.info(name).shape() : "not there"),
              "write it in the shape that it has in the model");
        }
        edited.put(name, new TensorView(file, name));
      }
      whole = true;
    } finally {
      if (!whole) {
        opened.values().forEach(SafetensorsFile::close);
      }
    }
    opened.values().forEach(file -> edited.closing(file::close));
    return edited.build();
  }

  private static String digest(Path file) throws InputException {
    try {
      return Sha256.of(file);
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }
}
