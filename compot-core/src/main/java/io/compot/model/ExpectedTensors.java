package io.compot.model;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.safetensors.TensorInfo;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares what a family expects with what a checkpoint holds, before any work. */
final class ExpectedTensors {

  private static final Logger LOG = LoggerFactory.getLogger(ExpectedTensors.class);
  private static final int NAMED = 5;

  /** What the tensors of a layer's experts begin with, and the number of one. */
  private static final Pattern EXPERT = Pattern.compile("^(.*\\.experts\\.)\\d+\\.");

  /** Buffers that old checkpoints carry and every runtime computes anew. */
  private static final Pattern RECOMPUTED =
      Pattern.compile(".*rotary_emb\\.inv_freq|.*\\.attn\\.(masked_)?bias");

  private ExpectedTensors() {}

  static void check(ModelSource checkpoint, Architecture architecture) throws InputException {
    Set<String> known = new HashSet<>();
    Set<String> packed = new TreeSet<>(checkpoint.packed().keySet());
    for (Stack stack : architecture.stacks()) {
      Iterator<TensorSpec> specs = stack.tensors().iterator();
      String block = stack.blockName(0) + ".";
      int next = 1;
      while (specs.hasNext()) {
        TensorSpec spec = specs.next();
        if (spec.name().startsWith(stack.blockName(next) + ".")) {
          block = stack.blockName(next++) + ".";
        }
        if (!check(checkpoint, spec, packed, known)) {
          throw missing(checkpoint, spec, block, stack.count().field());
        }
      }
    }
    for (TensorSpec spec : architecture.headTensors().toList()) {
      if (!check(checkpoint, spec, packed, known)) {
        throw missing(checkpoint, spec);
      }
    }
    if (!packed.isEmpty()) {
      throw checkpoint
          .config()
          .refuse(
              "compression.projections." + packed.iterator().next(),
              "a model of this configuration has no such projection",
              "configuration and weights are not of one checkpoint: compress the model again");
    }
    warnOfOthers(checkpoint, known);
  }

  /** Whether it is there, packed or not, and as it should be. */
  private static boolean check(
      ModelSource checkpoint, TensorSpec spec, Set<String> packed, Set<String> known)
      throws InputException {
    if (spec.packable() && checkpoint.packed().containsKey(spec.base())) {
      packed.remove(spec.base()); // twice, where embedding and output are one
      checkPacked(checkpoint, spec, known);
    } else if (checkpoint.has(spec.name())) {
      check(checkpoint, spec);
      known.add(spec.name());
    } else {
      return false;
    }
    return true;
  }

  private static void checkPacked(ModelSource checkpoint, TensorSpec spec, Set<String> known)
      throws InputException {
    String name = spec.base();
    long out = spec.out();
    long in = spec.in();
    var section = checkpoint.compression().orElseThrow();
    section.check(checkpoint.config(), checkpoint, name, in, out);
    for (TensorInfo part : section.tensors(name, in, out)) {
      known.add(part.name());
    }
  }

  private static void check(ModelSource checkpoint, TensorSpec spec) throws InputException {
    TensorInfo info = checkpoint.info(spec.name());
    if (!info.dtype().isFloating()) {
      throw refuse(
          checkpoint,
          spec.name(),
          "stored as " + info.dtype(),
          "expected F32, BF16, F16 or F64; convert or fetch it again");
    }
    if (!info.shape().equals(spec.shape())) {
      boolean transposed = info.shape().reversed().equals(spec.shape());
      throw refuse(
          checkpoint,
          spec.name(),
          "shape " + info.shape() + ", but config.json says " + spec.expectation(),
          transposed
              ? "it is stored transposed, %s: transpose it"
                  .formatted(
                      spec.layout() == WeightLayout.OUT_IN
                          ? "[in, out] instead of [out, in]"
                          : "[out, in] instead of [in, out]")
              : "config.json and weights are not of the same model: fetch both again");
    }
  }

  /**
   * With what the names of the block that is looked at begin with.
   *
   * @param field that says how many blocks there are
   */
  private static InputException missing(
      ModelSource checkpoint, TensorSpec spec, String block, String field) {
    String name = spec.name();
    if (name.startsWith(block)
        && checkpoint.names().stream().noneMatch(held -> held.startsWith(block))) {
      return refuse(
          checkpoint,
          name,
          "no tensor begins with " + block + ", so " + field + " of config.json is too large",
          "correct " + field + ", or fetch the missing shards");
    }
    return missing(checkpoint, spec);
  }

  private static InputException missing(ModelSource checkpoint, TensorSpec spec) {
    String name = spec.name();
    Matcher expert = EXPERT.matcher(name);
    if (expert.find() && isFused(checkpoint, expert.group(1))) {
      return refuse(
          checkpoint,
          name,
          "the experts are stored fused, all in one tensor ("
              + expert.group(1)
              + "...), but expected one tensor an expert and projection",
          "write them apart, as transformers' save_pretrained does for this family");
    }
    String tail = name.substring(name.indexOf('.'));
    for (String held : checkpoint.names()) {
      // Of a head's name the tail is that of every weight.
      if (held.endsWith(tail) && tail.indexOf('.', 1) > 0 && !held.equals(name)) {
        return refuse(
            checkpoint,
            name,
            "the tensor is missing, but there is " + held,
            "rename the tensors to the prefix that the family uses in Hugging Face checkpoints");
      }
    }
    return refuse(
        checkpoint,
        name,
        "the tensor is missing",
        name.equals("lm_head.weight")
            ? "fetch the checkpoint again, or set tie_word_embeddings to true in config.json"
                + " if the model reuses its embedding"
            : "fetch the checkpoint again; a shard may be missing");
  }

  private static boolean isFused(ModelSource checkpoint, String experts) {
    return checkpoint.names().stream()
        .anyMatch(held ->
            held.startsWith(experts)
                && held.length() > experts.length()
                && !Character.isDigit(held.charAt(experts.length())));
  }

  private static InputException refuse(
      ModelSource checkpoint, String tensor, String problem, String advice) {
    return InputException.in(checkpoint.folder(), tensor, problem, advice);
  }

  private static void warnOfOthers(ModelSource checkpoint, Set<String> known) {
    List<String> others =
        checkpoint.names().stream()
            .filter(name -> !known.contains(name))
            .filter(name -> !RECOMPUTED.matcher(name).matches())
            .filter(name -> !name.equals("lm_head.weight")) // repeated although tied
            .toList();
    if (!others.isEmpty()) {
      String rest = others.size() > NAMED ? " and " + (others.size() - NAMED) + " more" : "";
      LOG.warn(
          "{}: not part of the model and left alone: {}{}",
          checkpoint.folder(),
          String.join(", ", others.subList(0, Math.min(NAMED, others.size()))),
          rest);
    }
  }
}
