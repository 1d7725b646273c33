package io.compot.image;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a model's processor makes patches of a picture: {@code preprocessor_config.json}, or {@code
 * image_processor} in {@code processor_config.json}, as transformers 5 writes it.
 *
 * @param size that pictures are given
 * @param patch pixels of a patch, in each direction
 * @param times how often a picture is repeated in a patch
 * @param merge patches that become one token, in each direction
 * @param scale what levels are multiplied by
 * @param mean of each channel, subtracted
 * @param deviation of each channel, divided by
 */
public record ImageSettings(
    SmartSize size,
    int patch,
    int times,
    int merge,
    double scale,
    List<Double> mean,
    List<Double> deviation) {

  private static final String ADVICE = "restore the original file";
  private static final int MOST = 1 << 12;
  private static final int BICUBIC = 3;

  public ImageSettings {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
  }

  /**
   * Reads them.
   *
   * @param folder of the model
   * @throws InputException where there are none, or they say what is not known
   */
  public static ImageSettings read(Path folder) throws InputException {
    Path older = folder.resolve("preprocessor_config.json");
    Path newer = folder.resolve("processor_config.json");
    if (Files.exists(older)) {
      return of(ConfigFile.read(older));
    }
    if (Files.exists(newer)) {
      return of(ConfigFile.read(newer).object("image_processor"));
    }
    throw InputException.in(
        folder,
        "there is no preprocessor_config.json, which says how images are cut into patches",
        "fetch it from where the model is from");
  }

  private static ImageSettings of(ConfigFile config) throws InputException {
    int patch = config.optionalPositiveInt("patch_size", MOST).orElse(14);
    int merge = config.optionalPositiveInt("merge_size", MOST).orElse(2);
    for (String field : List.of("do_resize", "do_rescale", "do_normalize", "do_convert_rgb")) {
      if (!config.flag(field, true)) {
        throw config.refuse(field, "it is false, which is not supported", "set it to true");
      }
    }
    if (config.optionalInt("resample", 0, MOST).orElse(BICUBIC) != BICUBIC) {
      throw config.refuse("resample", "images are resized bicubically alone", "set it to 3");
    }
    Optional<ConfigFile> size = config.optionalObject("size");
    long least = pixels(config, "min_pixels", size, "shortest_edge", 56 * 56);
    long most = pixels(config, "max_pixels", size, "longest_edge", 28 * 28 * 1280);
    return new ImageSettings(
        new SmartSize(patch * merge, least, most, SmartSize.Rule.TRANSFORMERS),
        patch,
        config.optionalPositiveInt("temporal_patch_size", MOST).orElse(2),
        merge,
        config.optionalPositive("rescale_factor").orElse(1.0 / 255),
        channels(config, "image_mean", List.of(0.48145466, 0.4578275, 0.40821073)),
        channels(config, "image_std", List.of(0.26862954, 0.26130258, 0.27577711)));
  }

  private static long pixels(
      ConfigFile config, String old, Optional<ConfigFile> size, String field, long absent)
      throws InputException {
    if (config.has(old)) {
      return config.positiveLong(old);
    }
    return size.isPresent() && size.get().has(field) ? size.get().positiveLong(field) : absent;
  }

  private static List<Double> channels(ConfigFile config, String field, List<Double> absent)
      throws InputException {
    List<Double> given = config.numbers(field);
    if (given.isEmpty()) {
      return absent;
    }
    if (given.size() != Picture.CHANNELS) {
      throw config.refuse(field, "expected three numbers", ADVICE);
    }
    if (field.equals("image_std") && given.stream().anyMatch(each -> each <= 0)) {
      throw config.refuse(field, "expected numbers above zero", ADVICE);
    }
    return given;
  }

  /** The same with pictures of another size. */
  public ImageSettings sized(long minPixels, long maxPixels, SmartSize.Rule rule) {
    return new ImageSettings(
        new SmartSize(size.factor(), minPixels, maxPixels, rule),
        patch,
        times,
        merge,
        scale,
        mean,
        deviation);
  }
}
