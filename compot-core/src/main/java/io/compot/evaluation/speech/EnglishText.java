package io.compot.evaluation.speech;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whisper's English normaliser. */
final class EnglishText {

  /** A rule and what it puts in the place of what it finds. */
  private record Rule(Pattern pattern, String replacement) {
    String apply(String text) {
      return pattern.matcher(text).replaceAll(replacement);
    }
  }

  /** Before symbols go: fillers, contractions, titles, tenses, in this order. */
  private static final List<Rule> BEFORE =
      rules(
          "\\b(hmm|mm|mhm|mmm|uh|um)\\b",
          "",
          BasicText.SPACE + "+'",
          "'",
          "\\bwon't\\b",
          "will not",
          "\\bcan't\\b",
          "can not",
          "\\blet's\\b",
          "let us",
          "\\bain't\\b",
          "aint",
          "\\by'all\\b",
          "you all",
          "\\bwanna\\b",
          "want to",
          "\\bgotta\\b",
          "got to",
          "\\bgonna\\b",
          "going to",
          "\\bi'ma\\b",
          "i am going to",
          "\\bimma\\b",
          "i am going to",
          "\\bwoulda\\b",
          "would have",
          "\\bcoulda\\b",
          "could have",
          "\\bshoulda\\b",
          "should have",
          "\\bma'am\\b",
          "madam",
          "\\bmr\\b",
          "mister ",
          "\\bmrs\\b",
          "missus ",
          "\\bst\\b",
          "saint ",
          "\\bdr\\b",
          "doctor ",
          "\\bprof\\b",
          "professor ",
          "\\bcapt\\b",
          "captain ",
          "\\bgov\\b",
          "governor ",
          "\\bald\\b",
          "alderman ",
          "\\bgen\\b",
          "general ",
          "\\bsen\\b",
          "senator ",
          "\\brep\\b",
          "representative ",
          "\\bpres\\b",
          "president ",
          "\\brev\\b",
          "reverend ",
          "\\bhon\\b",
          "honorable ",
          "\\basst\\b",
          "assistant ",
          "\\bassoc\\b",
          "associate ",
          "\\blt\\b",
          "lieutenant ",
          "\\bcol\\b",
          "colonel ",
          "\\bjr\\b",
          "junior ",
          "\\bsr\\b",
          "senior ",
          "\\besq\\b",
          "esquire ",
          "'d been\\b",
          " had been",
          "'s been\\b",
          " has been",
          "'d gone\\b",
          " had gone",
          "'s gone\\b",
          " has gone",
          "'d done\\b",
          " had done",
          "'s got\\b",
          " has got",
          "n't\\b",
          " not",
          "'re\\b",
          " are",
          "'s\\b",
          " is",
          "'d\\b",
          " would",
          "'ll\\b",
          " will",
          "'t\\b",
          " not",
          "'ve\\b",
          " have",
          "'m\\b",
          " am",
          "(\\d),(\\d)",
          "$1$2",
          "\\.([^0-9]|$)",
          " $1");

  /** What of symbols may belong to numbers. */
  private static final String OF_NUMBERS = ".%$¢€£";

  /** Symbols that belong to no number after all. */
  private static final List<Rule> AFTER = rules("[.$¢€£]([^0-9])", " $1", "([^0-9])%", "$1 ");

  /** British spellings, and the American ones that are put in their place. */
  private static final Map<String, String> SPELLINGS = spellings();

  private EnglishText() {}

  private static List<Rule> rules(String... pairs) {
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < pairs.length; i += 2) {
      rules.add(new Rule(BasicText.pattern(pairs[i]), pairs[i + 1]));
    }
    return List.copyOf(rules);
  }

  private static Map<String, String> spellings() {
    try (InputStream in = EnglishText.class.getResourceAsStream("english.json")) {
      JsonNode tree = JsonMapper.shared().readTree(Objects.requireNonNull(in));
      Map<String, String> spellings = new HashMap<>();
      tree.properties().forEach(each -> spellings.put(each.getKey(), each.getValue().asString()));
      return Map.copyOf(spellings);
    } catch (IOException e) {
      throw new UncheckedIOException("the program's own english.json", e);
    }
  }

  static String normalise(String text) {
    String clean = BasicText.withoutBrackets(text.toLowerCase(Locale.ROOT));
    for (Rule rule : BEFORE) {
      clean = rule.apply(clean);
    }
    clean = EnglishNumbers.normalise(BasicText.withoutAccents(clean, OF_NUMBERS));
    clean =
        Arrays.stream(EnglishNumbers.words(clean))
            .map(word -> SPELLINGS.getOrDefault(word, word))
            .collect(Collectors.joining(" "));
    for (Rule rule : AFTER) {
      clean = rule.apply(clean);
    }
    return BasicText.oneSpace(clean);
  }
}
