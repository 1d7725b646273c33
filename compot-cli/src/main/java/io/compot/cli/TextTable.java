package io.compot.cli;

import java.util.ArrayList;
import java.util.List;

/** Aligned columns. A heading that begins with {@code >} stands over numbers, set to the right. */
final class TextTable {

  private static final String GAP = "  ";

  private final List<String> headings;
  private final List<List<String>> rows = new ArrayList<>();

  TextTable(String... headings) {
    this.headings = List.of(headings);
  }

  void row(String... cells) {
    if (cells.length != headings.size()) {
      throw new IllegalArgumentException(
          cells.length + " cells under " + headings.size() + " headings");
    }
    rows.add(List.of(cells));
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  void print(Screen screen) {
    List<String> titles = headings.stream().map(TextTable::title).toList();
    screen.line(screen.bold(render(titles)));
    rows.forEach(row -> screen.line(render(row)));
  }

  private String render(List<String> cells) {
    var line = new StringBuilder();
    for (int column = 0; column < cells.size(); column++) {
      String cell = cells.get(column);
      String padding = " ".repeat(width(column) - cell.length());
      line.append(column == 0 ? "" : GAP);
      line.append(headings.get(column).startsWith(">") ? padding + cell : cell + padding);
    }
    return line.toString().stripTrailing();
  }

  private int width(int column) {
    int most = title(headings.get(column)).length();
    for (List<String> row : rows) {
      most = Math.max(most, row.get(column).length());
    }
    return most;
  }

  private static String title(String heading) {
    return heading.startsWith(">") ? heading.substring(1) : heading;
  }
}
