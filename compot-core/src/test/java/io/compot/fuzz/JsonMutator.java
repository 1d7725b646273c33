package io.compot.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

/** Changes a JSON document at its joints: values replaced, fields gone, twice, or swapped. */
final class JsonMutator {

  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** Values that readers trip over, as they stand in a file. */
  private static final String[] HOSTILE = {
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "2",
    "3",
    "7",
    "16",
    "255",
    "256",
    "65536",
    "2147483647",
    "2147483648",
    "-2147483648",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "1e400",
    "-1e400",
    "1e-400",
    "0.1",
    "1.5",
    "NaN",
    "Infinity",
    "1e2147483648",
    "123456789012345678901234567890",
    "\"\"",
    "\"x\"",
    "\" \"",
    "\"../outside.safetensors\"",
    "\"/etc/passwd\"",
    "\"model.safetensors\"",
    "\"..\\\\x\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\u001b[31m\"",
    "\"C:x.safetensors\"",
    "\"F32\"",
    "\"F8_E4M3\"",
    "\"BF16\"",
    "\"U8\"",
    "\"llama\"",
    "\"opt\"",
    "\"BPE\"",
    "\"Unigram\"",
    "\"(a+)+$\"",
    "[]",
    "{}",
    "[[]]",
    "[0]",
    "[0,0]",
    "[-1,1]",
    "[1,2,3]",
    "[9223372036854775807,2]",
    "[4294967296,4294967296]",
    "{\"\":0}",
    "{\"type\":\"x\"}",
    "[null]"
  };

  private JsonMutator() {}

  /** A changed document, one to three changes. */
  static byte[] mutate(byte[] json, SplittableRandom random) {
    JsonNode tree = MAPPER.readTree(json);
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      List<JsonNode> containers = new ArrayList<>();
      collect(tree, containers);
      if (!containers.isEmpty()) {
        change(containers.get(random.nextInt(containers.size())), random);
      }
    }
    byte[] text = MAPPER.writeValueAsBytes(tree);
    return random.nextInt(10) == 0 ? ByteMutator.mutate(text, random) : text;
  }

  private static void collect(JsonNode node, List<JsonNode> containers) {
    if (node.isContainer() && !node.isEmpty()) {
      containers.add(node);
      node.values().forEach(child -> collect(child, containers));
    }
  }

  private static void change(JsonNode container, SplittableRandom random) {
    int at = random.nextInt(container.size());
    if (container instanceof ObjectNode object) {
      String name = List.copyOf(object.propertyNames()).get(at);
      JsonNode value = object.get(name);
      switch (random.nextInt(6)) {
        case 0 -> object.remove(name);
        case 1 -> {
          object.remove(name);
          object.set(random.nextBoolean() ? name + "x" : "", value);
        }
        // Raw text puts the field there twice.
        case 2 -> object.putRawValue(name, new RawValue(value + ",\"" + name + "\":" + value));
        default -> object.putRawValue(name, new RawValue(hostile(value, random)));
      }
    } else if (container instanceof ArrayNode array) {
      JsonNode value = array.get(at);
      switch (random.nextInt(4)) {
        case 0 -> array.remove(at);
        case 1 -> array.add(value);
        default -> array.setRawValue(at, new RawValue(hostile(value, random)));
      }
    }
  }

  private static String hostile(JsonNode value, SplittableRandom random) {
    return switch (random.nextInt(12)) {
      case 0 -> "[".repeat(10 + random.nextInt(200));
      case 1 -> "[".repeat(70) + "]".repeat(70);
      case 2 -> "\"" + "long".repeat(random.nextInt(2000)) + "\"";
      case 3 -> value.isNumber() ? value.asString() + "0" : "\"" + value.getNodeType() + "\"";
      case 4 -> value.isNumber() ? "-" + value.asString() : value.toString() + value;
      case 5 -> Long.toString(random.nextLong() >>> random.nextInt(64));
      default -> HOSTILE[random.nextInt(HOSTILE.length)];
    };
  }
}
