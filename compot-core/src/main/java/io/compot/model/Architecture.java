package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.text.ConfigFile;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * A model's structure as its config says, checked against the tensors the checkpoint holds, with
 * nothing loaded. Its pieces are loaded and closed one by one, so that memory holds one block
 * whatever the model's size.
 */
public interface Architecture {

  /**
   * The structure of a checkpoint, of the family that its {@code model_type} names. All tensors are
   * checked by name, shape and type, their numbers are not; tensors that the family does not know
   * are logged as a warning.
   *
   * @throws InputException where the family is unknown, a config field makes no sense, or a tensor
   *     is missing or is not what the config says
   */
  static Architecture of(ModelSource checkpoint) throws InputException {
    Architecture architecture = Families.of(checkpoint.config()).architecture(checkpoint);
    ExpectedTensors.check(checkpoint, architecture);
    return architecture;
  }

  /** {@code model_type} of the config. */
  String family();

  /** Its stacks of blocks in the order in which they run; the last ends in the head. */
  List<Stack> stacks();

  /** The stack that reads and writes tokens: the last. */
  default Stack decoder() {
    return stacks().getLast();
  }

  /** How it takes images among its tokens; empty where it takes none. */
  Optional<Images> images();

  /** Whether it writes what it hears, and so cannot do without sound. */
  default boolean hears() {
    return decoder().looksAt().isPresent() && images().isEmpty();
  }

  /** Whether a projection is of what sees images, and not of what reads and writes. */
  default boolean ofImages(Projection projection) {
    return images().isPresent()
        && !projection.name().startsWith(decoder().blockName(projection.block()) + ".");
  }

  /** Number of tokens V that the embedding knows. */
  long vocabularySize();

  /** Longest sequence the model is made for, in tokens. */
  int contextLength();

  /** Tokens that end a text, from {@code eos_token_id}; may be empty. */
  List<Long> endOfText();

  /** Every tensor that the model reads, stack after stack; lazy, since a config may lie. */
  default Stream<TensorSpec> tensors() {
    Stream<TensorSpec> all = Stream.empty();
    for (Stack stack : stacks()) {
      all = Stream.concat(all, stack.tensors());
    }
    return Stream.concat(all, headTensors());
  }

  /** The tensors of the head. */
  Stream<TensorSpec> headTensors();

  /**
   * What a configuration says when only some of the blocks are left.
   *
   * @param kept their numbers, ascending
   */
  static ObjectNode keepingBlocks(ConfigFile config, List<Integer> kept) throws InputException {
    ObjectNode fields = config.tree();
    Families.of(config).keepBlocks(config, fields, kept);
    return fields;
  }

  /**
   * Says in a configuration that blocks are narrower: in the family's own fields where all are
   * alike and it has such, else under {@code compression.widths}.
   *
   * @param fields of the configuration, which are changed
   */
  static void narrowed(ConfigFile config, ObjectNode fields, Widths widths) throws InputException {
    Families.of(config).narrow(config, fields, widths);
  }

  /**
   * The linear projections of all blocks, grouped by the input they share, in the order in which
   * the model applies them. Embeddings and head are not among them.
   */
  default Stream<SharedInput> projections() {
    return stacks().stream().flatMap(Stack::projections);
  }

  /** A row for each token: embedding and output projection, once where they are one. */
  default List<TensorSpec> tables() {
    return tensors().filter(spec -> spec.role() == TensorSpec.Role.TABLE).distinct().toList();
  }

  /** Loads the embedding of the decoder's tokens; the caller closes it. */
  Embedding embedding(WeightLoader loader) throws InputException;

  /** Loads final norm and output projection; the caller closes it. */
  Head head(WeightLoader loader) throws InputException;
}
