package io.compot.result;

import io.compot.error.InputException;
import io.compot.text.YamlFields;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What the card of a compressed model takes over from its source.
 *
 * @param name of the source: on the hub where its folder tells, else the folder's
 * @param carried fields of the source's card that hold for what is made of it, as they stand there:
 *     a text or a list of texts
 */
record SourceCard(String name, Map<String, Object> carried) {

  private static final List<String> CARRIED =
      List.of("license", "license_name", "license_link", "language");

  private static final int LONGEST = 500;

  /** Where the hub's own tools keep a model: models--ORGANISATION--NAME/snapshots/REVISION. */
  private static final Pattern CACHE =
      Pattern.compile("models--([\\w.-]+?)--([\\w.-]+)/snapshots/[0-9a-f]+$");

  /** Reads the card in a model's folder, if there is one that can be read. */
  static SourceCard of(Path model) {
    Path folder = model.toAbsolutePath().normalize();
    var cached = CACHE.matcher(folder.toString().replace('\\', '/'));
    String name =
        cached.find()
            ? cached.group(1) + "/" + cached.group(2)
            : String.valueOf(folder.getFileName());
    return new SourceCard(name, carried(folder.resolve("README.md")));
  }

  private static Map<String, Object> carried(Path card) {
    Map<String, Object> carried = new LinkedHashMap<>();
    try {
      var fields = YamlFields.frontMatter(card, "");
      for (String field : CARRIED) {
        if (fields.isPresent() && fields.get().has(field)) {
          List<String> values = fields.get().texts(field);
          if (values.stream().allMatch(value -> value.length() <= LONGEST)) {
            carried.put(field, values.size() == 1 ? values.getFirst() : values);
          }
        }
      }
    } catch (InputException e) {
      // A card that cannot be read says nothing; it is no reason to make no smaller model.
    }
    return carried;
  }
}
