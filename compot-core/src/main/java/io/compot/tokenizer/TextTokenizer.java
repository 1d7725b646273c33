package io.compot.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.text.ConfigFile;
import io.compot.text.FolderNames;
import io.compot.text.StrictJson;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Text to token ids and back, by Hugging Face's own tokenizer library over {@code tokenizer.json}.
 * Nothing is truncated or padded. May be used from several threads.
 */
public final class TextTokenizer implements AutoCloseable {

  public static final String FILE = "tokenizer.json";

  static {
    // The binding would otherwise look for a GPU build of itself to download and report its use.
    System.setProperty("ai.djl.offline", "true");
  }

  private final Path file;
  private final HuggingFaceTokenizer tokenizer;
  private final SpecialTokens special;
  private volatile @Nullable TokenBytes bytes;
  private final OptionalInt rows;

  private TextTokenizer(
      Path file, HuggingFaceTokenizer tokenizer, SpecialTokens special, OptionalInt rows) {
    this.file = file;
    this.tokenizer = tokenizer;
    this.special = special;
    this.rows = rows;
  }

  /**
   * Loads the tokenizer of a checkpoint folder.
   *
   * @param config the folder's {@code config.json}: how many rows the embedding has, which token
   *     begins and which end a text
   * @throws InputException where there is no {@code tokenizer.json}, or naming what is wrong in it
   */
  public static TextTokenizer open(Path folder, ConfigFile config) throws InputException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      throw missing(folder);
    }
    TokenizerCheck.check(file, rows(config));
    SpecialTokens special = SpecialTokens.read(folder, config).within(rows(config));
    try {
      return new TextTokenizer(
          file, library(file, Files.readAllBytes(file)), special, rows(config));
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }

  private static HuggingFaceTokenizer library(Path file, byte[] json) throws InputException {
    try {
      return HuggingFaceTokenizer.newInstance(
          new ByteArrayInputStream(json), Map.of("truncation", "false", "padding", "false"));
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    } catch (RuntimeException e) {
      throw refusedByLibrary(file, "the tokenizer library does not accept it", e);
    }
  }

  /** How the special tokens are spelled, the ones that {@link #encode} finds in a text, by id. */
  public Map<Integer, String> specialSpellings() throws InputException {
    Map<Integer, String> spellings = new LinkedHashMap<>();
    for (JsonNode added : json().path("added_tokens").values()) {
      if (added.path("special").asBoolean(false)) {
        spellings.put(added.path("id").intValue(), added.path("content").stringValue());
      }
    }
    return spellings;
  }

  /**
   * The same tokenizer for text that is only text: what is spelled like a special token is cut like
   * any other. The caller closes it.
   */
  public TextTokenizer withoutSpecialTokens() throws InputException {
    ObjectNode json = json();
    Set<String> vocabulary = vocabulary(json.path("model").path("vocab"));
    ArrayNode kept = json.putArray("added_tokens");
    for (JsonNode added : json().path("added_tokens").values()) {
      String content = added.path("content").stringValue();
      if (!added.path("special").asBoolean(false)) {
        kept.add(added);
      } else if (!vocabulary.contains(content)) {
        // The library counts the ids of such tokens on: it stays, spelled as no text is.
        kept.add(((ObjectNode) added).put("content", "\uFDEF" + content + "\uFDEF"));
      }
    }
    json.putNull("post_processor");
    return new TextTokenizer(file, library(file, StrictJson.write(json)), special, rows);
  }

  private static Set<String> vocabulary(JsonNode vocab) {
    Set<String> tokens = new HashSet<>();
    if (vocab.isObject()) {
      tokens.addAll(vocab.propertyNames());
    } else {
      vocab.values().forEach(piece -> tokens.add(piece.path(0).asString("")));
    }
    return tokens;
  }

  private ObjectNode json() throws InputException {
    return StrictJson.object(file, TokenizerCheck.LARGEST);
  }

  /**
   * The tokens of a text.
   *
   * @param special whether to add what the tokenizer adds around a text (a beginning-of-text token,
   *     for many models)
   * @throws InputException where the vocabulary cannot express the text, or the model's embedding
   *     has no row for one of its tokens
   */
  public long[] encode(String text, boolean special) throws InputException {
    // Halves of surrogate pairs exist in Java strings, but not in the library's UTF-8.
    String valid =
        Shown.wellFormed(text)
            ? text
            : new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    long[] ids;
    try {
      ids = tokenizer.encode(valid, special, false).getIds();
    } catch (RuntimeException e) {
      throw refusedByLibrary(file, "the text cannot be encoded", e);
    }
    for (long id : ids) {
      if (id >= rows.orElse(Integer.MAX_VALUE)) {
        throw InputException.in(
            file,
            "token \"" + Shown.of(tokenizer.decode(new long[] {id}, false)) + "\"",
            "the text has it, but its id is %d and the model's embedding has %d rows (vocab_size)"
                .formatted(id, rows.orElseThrow()),
            "take it out of the text, or use the tokenizer.json that belongs to this model");
      }
    }
    return ids;
  }

  /**
   * The text of tokens; bytes that are no valid UTF-8 become U+FFFD.
   *
   * @param skipSpecial whether to leave out special tokens
   */
  public String decode(long[] ids, boolean skipSpecial) {
    return ids.length == 0 ? "" : tokenizer.decode(ids, skipSpecial);
  }

  /**
   * The bytes that a token stands for, which need not be whole characters: most tokenizers are made
   * of bytes.
   */
  public byte[] bytes(int token) throws InputException {
    TokenBytes known = bytes;
    if (known == null) {
      known = TokenBytes.of(json());
      bytes = known;
    }
    return known
        .of(token)
        .orElseGet(() -> decode(new long[] {token}, false).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Decodes tokens as they are generated.
   *
   * @param before the tokens in front of the first one, usually the prompt; they decide about the
   *     space in front of the first word
   */
  public TextStream stream(long[] before) {
    return new TextStream(this, before);
  }

  /** The id of the token that begins a text, where the model has one. */
  public OptionalInt bosId() {
    return special.bos();
  }

  /** The ids of the tokens that end a text; there may be none or several. */
  public Set<Integer> eosIds() {
    return special.eos();
  }

  @Override
  public void close() {
    tokenizer.close();
  }

  /**
   * Checks the tokenizer files of a folder, if it has any, without loading them; tokens that the
   * embedding has no row for are a notice.
   */
  public static void check(Path folder, ConfigFile config) throws InputException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return;
    }
    Map<Integer, String> beyond = TokenizerCheck.check(file, rows(config));
    if (!beyond.isEmpty()) {
      var first = beyond.entrySet().iterator().next();
      LoggerFactory.getLogger(TextTokenizer.class)
          .warn(
              "{}: {} of its tokens have no row in the embedding ({} rows), \"{}\" with id {} for"
                  + " one: a text that has them will be refused",
              file,
              beyond.size(),
              rows(config).orElseThrow(),
              Shown.of(first.getValue()),
              first.getKey());
    }
  }

  private static OptionalInt rows(ConfigFile config) throws InputException {
    if (!config.has("vocab_size") && config.has("text_config")) {
      return config.object("text_config").optionalPositiveInt("vocab_size", Integer.MAX_VALUE);
    }
    return config.optionalPositiveInt("vocab_size", Integer.MAX_VALUE);
  }

  private static InputException missing(Path folder) throws InputException {
    List<String> names = FolderNames.of(folder);
    String problem = "there is no " + FILE;
    if (names.stream().anyMatch(name -> name.endsWith(".model"))) {
      problem += ", only a SentencePiece model";
    } else if (names.stream().anyMatch(name -> name.endsWith(".tiktoken"))) {
      problem += ", only a tiktoken vocabulary";
    } else if (names.contains("vocab.json")) {
      problem += ", only vocab.json and merges.txt";
    }
    return InputException.in(
        folder,
        problem,
        "write one with transformers: AutoTokenizer.from_pretrained(folder).save_pretrained(folder)");
  }

  private static InputException refusedByLibrary(Path file, String problem, RuntimeException e) {
    String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return new InputException(
        file + ": " + problem + " (" + Shown.of(reason) + "); use the original " + FILE, e);
  }
}
