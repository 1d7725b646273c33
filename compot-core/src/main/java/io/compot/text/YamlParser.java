package io.compot.text;

import io.compot.error.InputException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/**
 * Reads a YAML file into a tree that remembers its lines. Of YAML's many features it takes the
 * plain ones: one document, no tags, no anchors, no key twice, bounded depth.
 */
final class YamlParser {

  private static final YAMLFactory FACTORY =
      YAMLFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(32)
                  .maxNumberLength(100)
                  .maxNameLength(200)
                  .build())
          .build();

  private final Path file;
  private final String help;
  private final YAMLParser tokens;

  private YamlParser(Path file, String help, YAMLParser tokens) {
    this.file = file;
    this.help = help;
    this.tokens = tokens;
  }

  /**
   * The file's one document.
   *
   * @param atMost bytes that such a file may have
   * @param help what to do about a wrong file, e.g. "see docs/tasks.md"
   */
  static YamlNode read(Path file, long atMost, String help) throws InputException {
    return parse(file, text(file, atMost, help), help);
  }

  /** The one document of a text that was read from a file. */
  static YamlNode parse(Path file, String text, String help) throws InputException {
    try (var tokens = (YAMLParser) FACTORY.createParser(ObjectReadContext.empty(), text)) {
      var parser = new YamlParser(file, help, tokens);
      if (tokens.nextToken() == null) {
        throw InputException.in(file, "the file says nothing", help);
      }
      YamlNode root = parser.node();
      if (tokens.nextToken() != null) {
        throw parser.refuse("there is a second document behind the first");
      }
      return root;
    } catch (JacksonException e) {
      throw YamlProblem.of(e).refuse(file, help);
    }
  }

  private static String text(Path file, long atMost, String help) throws InputException {
    try {
      if (!Files.isRegularFile(file)) {
        throw InputException.in(file, "there is no such file", "check the path");
      }
      if (Files.size(file) > atMost) {
        throw InputException.in(
            file,
            "the file has %,d bytes, more than such a file ever needs (%,d)"
                .formatted(Files.size(file), atMost),
            "is it the right file?");
      }
      String text = Files.readString(file);
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new InputException(file + ": this is no UTF-8 text; " + help, e);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e + "); check its permissions", e);
    }
  }

  private YamlNode node() throws InputException {
    int line = line();
    if (tokens.isCurrentAlias() || tokens.getObjectId() != null) {
      throw refuse("anchors and aliases (& and *) are not taken; write the value itself");
    }
    if (tokens.getTypeId() != null) {
      throw refuse("tags (!) are not taken; write the plain value");
    }
    JsonToken token = tokens.currentToken();
    return switch (token) {
      case START_OBJECT -> mapping(line);
      case START_ARRAY -> sequence(line);
      case VALUE_TRUE, VALUE_FALSE ->
          new YamlNode.Scalar(
              line, YamlNode.Kind.FLAG, token == JsonToken.VALUE_TRUE ? "true" : "false");
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
          new YamlNode.Scalar(line, YamlNode.Kind.NUMBER, tokens.getString());
      case VALUE_NULL -> new YamlNode.Scalar(line, YamlNode.Kind.NOTHING, "");
      default -> new YamlNode.Scalar(line, YamlNode.Kind.TEXT, tokens.getString());
    };
  }

  private YamlNode mapping(int line) throws InputException {
    Map<String, YamlNode> values = new LinkedHashMap<>();
    while (tokens.nextToken() != JsonToken.END_OBJECT) {
      String key = tokens.currentName();
      if (tokens.getObjectId() != null) {
        throw refuse("anchors and aliases (& and *) are not taken; write the value itself");
      }
      if (values.containsKey(key)) {
        throw refuse(YamlNode.shown(key) + " is there twice");
      }
      tokens.nextToken();
      values.put(key, node());
    }
    return new YamlNode.Mapping(line, values);
  }

  private YamlNode sequence(int line) throws InputException {
    List<YamlNode> items = new ArrayList<>();
    while (tokens.nextToken() != JsonToken.END_ARRAY) {
      items.add(node());
    }
    return new YamlNode.Sequence(line, items);
  }

  private int line() {
    return tokens.currentTokenLocation().getLineNr();
  }

  private InputException refuse(String problem) {
    return InputException.in(file, "line " + line(), problem, help);
  }
}
