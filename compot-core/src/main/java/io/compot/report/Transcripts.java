package io.compot.report;

import static io.compot.report.Table.column;

import io.compot.report.Page.Facts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** What was said and heard, word by word, with the errors in their places. */
final class Transcripts {

  /** More would make pages slow. */
  private static final int MOST = 500;

  private Transcripts() {}

  /** One table, of a model beside the one it was made from; none where nothing was transcribed. */
  static List<Facts> of(JsonNode results) {
    List<JsonNode> all = transcripts(results);
    boolean paired = all.stream().anyMatch(each -> each.has("original"));
    return facts(
        all,
        paired ? List.of("original", "this model") : List.of("this model"),
        each -> {
          String own = each.path("marked").asString("");
          return paired ? List.of(each.path("original").asString(""), own) : List.of(own);
        });
  }

  /** One table, of two models; none where they were not given the same sounds. */
  static List<Facts> of(JsonNode first, JsonNode second) {
    Map<String, String> before = new HashMap<>();
    transcripts(first).forEach(each -> before.put(sound(each), each.path("marked").asString("")));
    List<JsonNode> both =
        transcripts(second).stream().filter(each -> before.containsKey(sound(each))).toList();
    return facts(
        both,
        List.of("before", "after"),
        each -> List.of(before.getOrDefault(sound(each), ""), each.path("marked").asString("")));
  }

  private interface Texts {
    List<String> of(JsonNode transcript);
  }

  private static List<Facts> facts(List<JsonNode> transcripts, List<String> whose, Texts texts) {
    if (transcripts.isEmpty()) {
      return List.of();
    }
    List<Table.Column> columns = new ArrayList<>();
    columns.add(column("sound", Unit.TEXT));
    columns.add(column("errors", Unit.COUNT));
    whose.forEach(each -> columns.add(column(each, Unit.ERRORS)));
    var table = Table.of(columns.toArray(Table.Column[]::new));
    transcripts.stream()
        .sorted(Comparator.comparingInt(Transcripts::errors).reversed())
        .limit(MOST)
        .forEach(each -> {
          List<Object> row = new ArrayList<>(List.of(sound(each), (double) errors(each)));
          row.addAll(texts.of(each));
          table.row(row.toArray());
        });
    String count =
        transcripts.size() > MOST ? " (%d of %d)".formatted(MOST, transcripts.size()) : "";
    return List.of(
        new Facts(
            "Transcripts, with errors in place" + count,
            true,
            "Struck out is what was said and not heard, underlined what was heard and not said.",
            table));
  }

  private static List<JsonNode> transcripts(JsonNode results) {
    List<JsonNode> all = new ArrayList<>();
    results.path("results").forEach(each -> each.path("transcripts").forEach(all::add));
    return all;
  }

  private static String sound(JsonNode transcript) {
    return transcript.path("audio").asString("");
  }

  private static int errors(JsonNode transcript) {
    return Stream.of("substitutions", "deletions", "insertions")
        .mapToInt(kind -> transcript.path(kind).asInt(0))
        .sum();
  }
}
