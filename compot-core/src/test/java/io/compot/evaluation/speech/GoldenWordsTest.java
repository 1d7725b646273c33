package io.compot.evaluation.speech;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.testing.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Normalisations by OpenAI's code, and errors as jiwer counts them. */
class GoldenWordsTest {

  private static JsonNode golden(String name) throws Exception {
    Path file = SharedData.path("speech/golden").resolve(name);
    return JsonMapper.shared().readTree(Files.readAllBytes(file));
  }

  @Test
  void normalisesAsWhisperDoes() throws Exception {
    JsonNode rows = golden("normaliser.json").path("rows");
    assertThat(rows.size()).isGreaterThan(100);
    var softly = new SoftAssertions();
    for (JsonNode row : rows.values()) {
      String raw = row.path("raw").stringValue();
      softly
          .assertThat(EnglishText.normalise(raw))
          .as(raw)
          .isEqualTo(row.path("english").stringValue());
      softly
          .assertThat(BasicText.normalise(raw, false, false))
          .as(raw)
          .isEqualTo(row.path("basic").stringValue());
      softly
          .assertThat(BasicText.normalise(raw, true, false))
          .as(raw)
          .isEqualTo(row.path("basic_remove_diacritics").stringValue());
      softly
          .assertThat(BasicText.normalise(raw, false, true))
          .as(raw)
          .isEqualTo(row.path("basic_split_letters").stringValue());
    }
    softly.assertAll();
  }

  @Test
  void countsErrorsAsJiwerDoes() throws Exception {
    JsonNode rows = golden("wer.json").path("rows");
    assertThat(rows.size()).isGreaterThan(40);
    for (JsonNode row : rows.values()) {
      WordErrors words = words(row);
      long errors =
          row.path("substitutions").asLong()
              + row.path("deletions").asLong()
              + row.path("insertions").asLong();
      assertThat(words.errors()).as(row.toString()).isEqualTo(errors);
      if (row.path("split_unique").asBoolean()) {
        assertThat(words)
            .as(row.toString())
            .isEqualTo(
                new WordErrors(
                    row.path("substitutions").asLong(),
                    row.path("deletions").asLong(),
                    row.path("insertions").asLong(),
                    row.path("hits").asLong()));
      }
      assertThat(words.rate())
          .as(row.toString())
          .isCloseTo(row.path("wer").asDouble(), Offset.offset(1e-9));
      var characters =
          WordErrors.of(
              WordErrors.places(
                  WordErrors.characters(row.path("reference").stringValue()),
                  WordErrors.characters(row.path("hypothesis").stringValue())));
      assertThat(characters.rate())
          .as(row.toString())
          .isCloseTo(row.path("cer").asDouble(), Offset.offset(1e-9));
    }
  }

  @Test
  void aCorpusIsOneLongText() throws Exception {
    JsonNode corpora = golden("wer.json").path("corpora");
    assertThat(corpora.size()).isPositive();
    for (JsonNode corpus : corpora.values()) {
      WordErrors sum = WordErrors.NONE;
      for (JsonNode row : corpus.path("rows").values()) {
        sum = sum.plus(words(row));
      }
      assertThat(sum.rate()).isCloseTo(corpus.path("wer").asDouble(), Offset.offset(1e-9));
      assertThat(sum.said()).isEqualTo(corpus.path("reference_words").asLong());
    }
  }

  /** Golden transcripts of a real model: its text and the reference, normalised and compared. */
  @Test
  void realTranscriptsHaveTheErrorsThatWereCounted() throws Exception {
    for (String model : List.of("tiny.en", "base")) {
      JsonNode golden = golden("transcripts_" + model + ".json");
      WordErrors sum = WordErrors.NONE;
      for (JsonNode row : golden.path("rows").values()) {
        String said = EnglishText.normalise(row.path("reference").stringValue());
        String heard = EnglishText.normalise(row.path("text").stringValue());
        assertThat(said.strip()).isEqualTo(row.path("normalised_reference").stringValue().strip());
        assertThat(heard.strip()).isEqualTo(row.path("normalised_text").stringValue().strip());
        sum =
            sum.plus(
                WordErrors.of(WordErrors.places(WordErrors.words(said), WordErrors.words(heard))));
      }
      assertThat(sum.rate())
          .isCloseTo(golden.path("corpus").path("wer").asDouble(), Offset.offset(1e-6));
      assertThat(sum.said()).isEqualTo(golden.path("corpus").path("reference_words").asLong());
    }
  }

  private static WordErrors words(JsonNode row) {
    return WordErrors.of(
        WordErrors.places(
            WordErrors.words(row.path("reference").stringValue()),
            WordErrors.words(row.path("hypothesis").stringValue())));
  }
}
