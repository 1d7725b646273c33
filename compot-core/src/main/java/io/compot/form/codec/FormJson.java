package io.compot.form.codec;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.form.Form;
import io.compot.text.ConfigFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.TreeSet;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;

/**
 * Forms as JSON, the same in {@code config.json}, journals, plans and reports: an object with the
 * form's name under {@code form} and what its codec writes beside it.
 */
public final class FormJson {

  private static final String FORM = "form";

  private FormJson() {}

  /** Writes a form. */
  public static ObjectNode write(Form form) {
    SequencedMap<String, Object> fields = new LinkedHashMap<>();
    var known = Codecs.of(form);
    fields.put(FORM, known.codec().id());
    known.write(fields);
    return JsonMapper.shared().valueToTree(fields);
  }

  /**
   * Reads a form.
   *
   * @throws InputException naming the field, and the forms there are where this is none of them
   */
  public static Form read(ConfigFile fields) throws InputException {
    var known = new TreeSet<String>();
    Codecs.all().forEach(codec -> known.add(codec.id()));
    String id = fields.text(FORM);
    var codec = Codecs.named(id);
    if (codec.isEmpty()) {
      throw fields.refuse(
          FORM,
          "found \"%s\", but this program knows %s"
              .formatted(Shown.of(id), String.join(", ", known)),
          "use a newer Compot");
    }
    return codec.get().read(fields);
  }

  /** For mappers of records with forms in them. */
  public static JacksonModule module() {
    return new SimpleModule("forms")
        .addSerializer(Form.class, new Serializer())
        .addDeserializer(Form.class, new Deserializer());
  }

  /** For components of records. */
  public static final class Serializer extends ValueSerializer<Form> {

    @Override
    public void serialize(Form form, JsonGenerator generator, SerializationContext context) {
      context.writeTree(generator, FormJson.write(form));
    }
  }

  /** For components of records. */
  public static final class Deserializer extends ValueDeserializer<Form> {

    @Override
    public Form deserialize(JsonParser parser, DeserializationContext context) {
      var tree = context.readTree(parser);
      if (!(tree instanceof ObjectNode fields)) {
        throw DatabindException.from(parser, "a form is an object");
      }
      try {
        return FormJson.read(ConfigFile.of(Path.of("form"), fields));
      } catch (InputException e) {
        throw DatabindException.from(parser, e.getMessage(), e);
      }
    }
  }
}
