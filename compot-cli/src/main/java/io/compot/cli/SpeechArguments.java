package io.compot.cli;

import io.compot.Computation;
import io.compot.Model;
import io.compot.Sources;
import io.compot.SpeechModel;
import io.compot.error.CompotException;
import io.compot.evaluation.speech.HeardUtterance;
import io.compot.evaluation.speech.SpeechScores;
import io.compot.evaluation.speech.SpeechSet;
import io.compot.evaluation.speech.TextNormaliser;
import io.compot.evaluation.speech.WordErrors;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code eval} measures of a model that hears. */
final class SpeechArguments {

  @Option(
      names = "--speech",
      paramLabel = "PLACE",
      description =
          "Of a model that hears: errors of words on speech with transcripts. A folder laid out as"
              + " LibriSpeech is, a list of lines TEXT<tab>AUDIO, or a parquet file with columns"
              + " audio and text. With --against: KL divergence from ORIGINAL, too.")
  private @Nullable Path place;

  @Option(
      names = "--normaliser",
      paramLabel = "NAME",
      defaultValue = "english",
      description =
          "What counts as no error: english or basic (Whisper's), none. Default: ${DEFAULT-VALUE}.")
  private String normaliser = "english";

  @Option(
      names = "--language",
      paramLabel = "CODE",
      description =
          "What is spoken, for a model of several languages. Default: what it takes it for.")
  private @Nullable String language;

  boolean asked() {
    return place != null;
  }

  /** Adds what is read here to what no result may replace. */
  Sources protect(Sources kept) {
    return place == null ? kept : kept.and("the speech", List.of(place));
  }

  /** Measures, prints, and gives JSON figures. */
  List<Map<String, Object>> measure(
      Path folder,
      @Nullable Path original,
      Computation computation,
      ProgressListener listener,
      Screen results)
      throws CompotException {
    TextNormaliser alike = TextNormaliser.named(normaliser);
    SpeechScores first = null;
    SpeechScores scores;
    try (SpeechSet set = SpeechSet.of(Path.of(String.valueOf(place)));
        SpeechModel model = SpeechModel.load(folder, computation);
        SpeechModel other = original == null ? null : SpeechModel.load(original, computation)) {
      var spoken = Optional.ofNullable(language);
      if (other != null) {
        first = other.evaluate(set, alike, Optional.empty(), spoken, listener, StopRequest.never());
        print("original  ", first, results);
      }
      scores =
          model.evaluate(
              set, alike, Optional.ofNullable(other), spoken, listener, StopRequest.never());
      print("", scores, results);
    }
    Map<String, Object> protocol = new LinkedHashMap<>();
    protocol.put("speech", String.valueOf(place));
    protocol.put("utterances", scores.utterances().size());
    protocol.put("seconds", scores.seconds());
    protocol.put("normaliser", alike.word());
    protocol.put("decoding", "greedy, without times, half a minute at most");
    protocol.put("likelihoods", "teacher-forced on what was said, its end scored");
    if (original != null) {
      protocol.put("against", original.toString());
      protocol.put("original", Model.digests(original));
    }
    List<Map<String, Object>> figures = new ArrayList<>();
    Map<String, Object> words = figure("word_error_rate", scores.words().rate(), protocol);
    counts(words, scores.words());
    words.put("seconds", scores.wallSeconds());
    words.put("documents", scores.utterances().size());
    words.put("transcripts", transcripts(scores, first));
    figures.add(words);
    Map<String, Object> characters =
        figure("character_error_rate", scores.characters().rate(), protocol);
    counts(characters, scores.characters());
    figures.add(characters);
    Map<String, Object> likelihood =
        figure("negative_log_likelihood", scores.negativeLogLikelihood(), protocol);
    likelihood.put("tokens", scores.tokens());
    figures.add(likelihood);
    scores.divergence().ifPresent(value -> figures.add(figure("kl_divergence", value, protocol)));
    return figures;
  }

  private static void print(String whose, SpeechScores scores, Screen results) {
    WordErrors words = scores.words();
    results.line(
        "%sWER  %s  (%d substitutions, %d deletions, %d insertions of %d words)"
            .formatted(
                whose,
                percent(words.rate()),
                words.substitutions(),
                words.deletions(),
                words.insertions(),
                words.said()));
    results.line("%sCER  %s".formatted(whose, percent(scores.characters().rate())));
    results.line("%sNLL  %.4f nats a token".formatted(whose, scores.negativeLogLikelihood()));
    if (scores.divergence().isPresent()) {
      results.line("%sKL   %.5f nats a token".formatted(whose, scores.divergence().getAsDouble()));
    }
  }

  private static String percent(double rate) {
    return "%.2f %%".formatted(100 * rate);
  }

  private static Map<String, Object> figure(
      String metric, double value, Map<String, Object> protocol) {
    Map<String, Object> figure = new LinkedHashMap<>();
    figure.put("name", "speech");
    figure.put("metric", metric);
    figure.put("value", value);
    figure.put("higher_is_better", false);
    figure.put("protocol", protocol);
    return figure;
  }

  private static void counts(Map<String, Object> figure, WordErrors errors) {
    figure.put("substitutions", errors.substitutions());
    figure.put("deletions", errors.deletions());
    figure.put("insertions", errors.insertions());
    figure.put("hits", errors.hits());
  }

  /** What each utterance became, with its errors in place, beside the original's. */
  private static List<Map<String, Object>> transcripts(
      SpeechScores scores, @Nullable SpeechScores first) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (int i = 0; i < scores.utterances().size(); i++) {
      HeardUtterance each = scores.utterances().get(i);
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("audio", each.name());
      one.put("said", each.said());
      one.put("heard", each.heard());
      counts(one, each.errors());
      one.put("marked", each.marked());
      if (first != null) {
        one.put("original", first.utterances().get(i).marked());
      }
      all.add(one);
    }
    return all;
  }
}
