package io.compot.speech;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.model.Architecture;
import io.compot.text.ConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a model is asked to write down what it hears: {@code config.json} and {@code
 * generation_config.json} of its folder.
 *
 * @param start the token before all others
 * @param languages tokens of languages by their code; empty for a model of one language
 * @param tasks tokens of what to do by their name: transcribe, translate; empty likewise
 * @param noTimestamps the token that asks for text without times
 * @param end tokens that end a text
 * @param suppressed tokens that are never written
 * @param suppressedFirst tokens that are not written first
 * @param before the token that what was said before follows; empty where the model knows none
 * @param latestFirst steps of 20 ms, of which the first time that is written may be the last; empty
 *     for any
 * @param most tokens, the prompt among them
 */
public record SpeechSettings(
    int start,
    Map<String, Integer> languages,
    Map<String, Integer> tasks,
    OptionalInt noTimestamps,
    Set<Integer> end,
    List<Integer> suppressed,
    List<Integer> suppressedFirst,
    OptionalInt before,
    OptionalInt latestFirst,
    int most) {

  private static final String FILE = "generation_config.json";

  /**
   * Those of a model.
   *
   * @throws InputException naming the field that makes no sense
   */
  public static SpeechSettings of(ModelSource model, Architecture architecture)
      throws InputException {
    int context = architecture.contextLength();
    int last = Math.toIntExact(architecture.vocabularySize() - 1);
    ConfigFile config = model.config();
    Path file = model.folder().resolve(FILE);
    ConfigFile generation = Files.exists(file) ? ConfigFile.read(file) : config;
    int start = config.optionalInt("decoder_start_token_id", 0, last).orElse(-1);
    if (start < 0) {
      start =
          generation
              .optionalInt("decoder_start_token_id", 0, last)
              .orElseThrow(() ->
                  config.refuse("decoder_start_token_id", "is missing", "fetch the file again"));
    }
    // Before it stands the token of silence, behind it those of times.
    OptionalInt noTimestamps = generation.optionalInt("no_timestamps_token_id", 1, last - 1);
    return new SpeechSettings(
        start,
        tokens(generation, "lang_to_id", last),
        tokens(generation, "task_to_id", last),
        noTimestamps,
        generation.tokenIds("eos_token_id"),
        list(generation, "suppress_tokens", last),
        list(generation, "begin_suppress_tokens", last),
        generation.optionalInt("prev_sot_token_id", 0, last),
        generation.optionalInt("max_initial_timestamp_index", 0, last),
        generation.optionalPositiveInt("max_length", context).orElse(context));
  }

  private static List<Integer> list(ConfigFile config, String field, int last)
      throws InputException {
    return config.has(field) ? config.ints(field, 0, last) : List.of();
  }

  /** Languages are named {@code <|en|>} there. */
  private static Map<String, Integer> tokens(ConfigFile config, String field, int last)
      throws InputException {
    var tokens = new LinkedHashMap<String, Integer>();
    var given = config.optionalObject(field);
    if (given.isPresent()) {
      for (String name : given.get().fields()) {
        tokens.put(
            name.replaceAll("^<\\||\\|>$", ""),
            given
                .get()
                .optionalInt(name, 0, last)
                .orElseThrow(
                    () -> given.get().refuse(name, "is no token", "fetch the file again")));
      }
    }
    return tokens;
  }

  /** Whether the model has to be told a language. */
  public boolean multilingual() {
    return !languages.isEmpty();
  }

  /**
   * The tokens that ask for a text without times.
   *
   * @param language code of it; null for a model of one language
   * @param task what to do; null for writing down what is said
   * @throws UsageException where the model does not know them
   */
  public List<Integer> prompt(@Nullable String language, @Nullable String task)
      throws UsageException {
    List<Integer> prompt = timedPrompt(language, task);
    noTimestamps.ifPresent(prompt::add);
    return prompt;
  }

  /** The tokens that ask for a text with times. */
  List<Integer> timedPrompt(@Nullable String language, @Nullable String task)
      throws UsageException {
    List<Integer> prompt = new ArrayList<>();
    prompt.add(start);
    if (multilingual()) {
      prompt.add(known(languages, language == null ? "en" : language, "language"));
      prompt.add(known(tasks, task == null ? "transcribe" : task, "task"));
    } else if (language != null || task != null) {
      throw new UsageException("the model has one language and one task; leave both out");
    }
    return prompt;
  }

  private static int known(Map<String, Integer> tokens, String name, String what)
      throws UsageException {
    Integer token = tokens.get(name);
    if (token == null) {
      throw new UsageException(
          "%s \"%s\" is not known; known are %s"
              .formatted(
                  what, name, tokens.keySet().stream().sorted().collect(Collectors.joining(", "))));
    }
    return token;
  }
}
