package io.compot.pipeline;

import io.compot.error.UsageException;
import io.compot.method.CompressionMethod;
import io.compot.recipe.Methods;
import io.compot.setting.Schema;
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
import tools.jackson.databind.node.JsonNodeFactory;

/** Methods as JSON: the name, and every setting as a recipe would write it. */
final class MethodJson {

  private static final String METHOD = "method";

  private MethodJson() {}

  /** For mappers of records with methods in them. */
  static JacksonModule module() {
    return new SimpleModule("methods")
        .addSerializer(CompressionMethod.class, new Serializer())
        .addDeserializer(CompressionMethod.class, new Deserializer());
  }

  @SuppressWarnings("unchecked") // its own schema is one of its own type
  private static Map<String, String> settings(CompressionMethod method) {
    return ((Schema<CompressionMethod>) method.schema()).describe(method);
  }

  private static final class Serializer extends ValueSerializer<CompressionMethod> {

    @Override
    public void serialize(
        CompressionMethod method, JsonGenerator generator, SerializationContext context) {
      var fields = JsonNodeFactory.instance.objectNode();
      fields.put(METHOD, method.name());
      settings(method).forEach(fields::put);
      context.writeTree(generator, fields);
    }
  }

  private static final class Deserializer extends ValueDeserializer<CompressionMethod> {

    @Override
    public CompressionMethod deserialize(JsonParser parser, DeserializationContext context) {
      JsonNode fields = context.readTree(parser);
      Map<String, String> said = new LinkedHashMap<>();
      fields.properties().forEach(field -> said.put(field.getKey(), field.getValue().asString()));
      String name = String.valueOf(said.remove(METHOD));
      try {
        return Methods.of(name, said);
      } catch (UsageException e) {
        throw DatabindException.from(parser, e.getMessage(), e);
      }
    }
  }
}
