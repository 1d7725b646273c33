package io.compot.vision;

import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.image.ImageSettings;
import io.compot.image.Patches;
import io.compot.image.Picture;
import io.compot.model.Images;
import java.util.ArrayList;
import java.util.List;

/**
 * From pictures and texts to what a model that sees is given.
 *
 * @param images how the model takes them
 * @param settings how they are cut into patches
 */
public record Processor(Images images, ImageSettings settings) {

  /**
   * That of a checkpoint.
   *
   * @param images how its model takes them
   * @throws InputException where it does not say how images are cut, or says other than the model
   */
  public static Processor of(ModelSource checkpoint, Images images) throws InputException {
    ImageSettings settings = ImageSettings.read(checkpoint.folder());
    if (settings.patch() != images.patch()
        || settings.merge() != images.merge()
        || settings.times() != images.times()) {
      throw InputException.in(
          checkpoint.folder(),
          "its processor's patch_size, merge_size and temporal_patch_size are %d, %d and %d, its model's %d, %d and %d"
              .formatted(
                  settings.patch(),
                  settings.merge(),
                  settings.times(),
                  images.patch(),
                  images.merge(),
                  images.times()),
          "configuration and processor are not of one model: fetch both again");
    }
    return new Processor(images, settings);
  }

  /**
   * A text with pictures in it.
   *
   * @param text with one token for each picture
   * @throws CompotException where there are not as many, or a picture has an impossible shape
   */
  public SeenPrompt prompt(long[] text, List<Picture> pictures) throws CompotException {
    List<Patches> patches = new ArrayList<>();
    for (Picture picture : pictures) {
      patches.add(Patches.of(picture, settings));
    }
    return SeenPrompt.of(text, patches, images);
  }
}
