package io.compot.evaluation.data;

import io.compot.error.InputException;
import io.compot.text.PythonSpace;
import io.compot.text.rows.Row;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * WikiText's raw text as pages, cut before each title of the first level as the hub's {@code
 * wikitext_document_level} does: one row a page, column {@code page}.
 */
final class PageRows {

  private PageRows() {}

  static List<Row> read(Path file) throws IOException, InputException {
    try {
      // Python's text mode knows three kinds of line ends.
      return rows(file, Files.readString(file).replace("\r\n", "\n").replace('\r', '\n'));
    } catch (CharacterCodingException e) {
      throw InputException.in(file, "not valid UTF-8 text", "download the file again");
    }
  }

  private static List<Row> rows(Path file, String text) {
    List<Row> rows = new ArrayList<>();
    List<String> page = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      if (isTitle(line)) {
        String whole = String.join("\n", page);
        if (!PythonSpace.strip(whole).isEmpty()) {
          rows.add(row(file, rows.size() + 1L, whole));
        }
        page.clear();
      }
      page.add(line);
    }
    rows.add(row(file, rows.size() + 1L, String.join("\n", page)));
    return rows;
  }

  private static boolean isTitle(String line) {
    String plain = PythonSpace.strip(line.replace("= = =", "===").replace("= =", "=="));
    return plain.startsWith("= ") && plain.endsWith(" =");
  }

  private static Row row(Path file, long number, String page) {
    return new Row(file, number, JsonNodeFactory.instance.objectNode().put("page", page));
  }
}
