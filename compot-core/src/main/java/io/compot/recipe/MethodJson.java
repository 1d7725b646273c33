package io.compot.recipe;

import io.compot.error.UsageException;
import io.compot.method.CompressionMethod;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;

/**
 * Methods with their settings as JSON: an object with the method's name under {@code method} and
 * every setting beside it, as it would be written.
 */
public final class MethodJson {

  private static final String METHOD = "method";

  private MethodJson() {}

  /** For mappers of records with methods in them. */
  public static JacksonModule module() {
    return new SimpleModule("methods")
        .addSerializer(CompressionMethod.class, new Serializer())
        .addDeserializer(CompressionMethod.class, new Deserializer());
  }

  private static final class Serializer extends ValueSerializer<CompressionMethod> {

    @Override
    public void serialize(
        CompressionMethod method, JsonGenerator generator, SerializationContext context) {
      generator.writeStartObject();
      generator.writeStringProperty(METHOD, method.name());
      method.described().forEach(generator::writeStringProperty);
      generator.writeEndObject();
    }
  }

  private static final class Deserializer extends ValueDeserializer<CompressionMethod> {

    @Override
    public CompressionMethod deserialize(JsonParser parser, DeserializationContext context) {
      if (!(context.readTree(parser) instanceof ObjectNode fields)) {
        throw DatabindException.from(parser, "a method is an object");
      }
      JsonNode name = fields.remove(METHOD);
      if (name == null) {
        throw DatabindException.from(parser, "a method has a name");
      }
      Map<String, String> said = new LinkedHashMap<>();
      fields.forEachEntry((setting, value) -> said.put(setting, value.asString()));
      try {
        return Methods.of(name.asString(), said);
      } catch (UsageException e) {
        throw DatabindException.from(parser, e.getMessage(), e);
      }
    }
  }
}
