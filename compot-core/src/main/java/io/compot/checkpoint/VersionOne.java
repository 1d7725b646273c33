package io.compot.checkpoint;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.form.Form;
import io.compot.form.LowRankForm;
import io.compot.form.SparseForm;
import io.compot.form.codec.LowRankCodec;
import io.compot.form.codec.SparseCodec;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import io.compot.text.ConfigFile;

/**
 * The first version of the packed format, which knew two forms in plain numbers. It told them apart
 * by their fields ({@code rank}, or {@code atoms} and {@code nonzeros}) and left types and rows to
 * the tensors.
 */
final class VersionOne {

  static final String ADVICE =
      "configuration and weights are not of one checkpoint: compress the model again";

  private VersionOne() {}

  /**
   * A projection's form.
   *
   * @throws InputException where fields or tensors are missing or contradict each other
   */
  static Form form(ConfigFile entry, String projection, WeightSource weights)
      throws InputException {
    if (entry.has("rank")) {
      long rank = entry.positiveLong("rank");
      TensorInfo left = matrix(entry, projection, LowRankCodec.LEFT, weights);
      requireSame(entry, "rank", rank, left.name(), left.shape().getLast());
      return LowRankForm.plain(rank, left.dtype());
    }
    long atoms = entry.positiveLong("atoms");
    long nonzeros = entry.positiveLong("nonzeros");
    TensorInfo dictionary = matrix(entry, projection, SparseCodec.DICTIONARY, weights);
    requireSame(entry, "atoms", atoms, dictionary.name(), dictionary.shape().getFirst());
    long out = tensor(entry, projection, SparseCodec.MASK, weights).shape().getFirst();
    if (out == 0 || nonzeros % out != 0) {
      throw entry.refuse(
          "nonzeros",
          "%d are no whole number for each of the %d rows of its mask".formatted(nonzeros, out),
          ADVICE);
    }
    return SparseForm.plain(atoms, nonzeros / out, dictionary.dtype());
  }

  private static void requireSame(
      ConfigFile entry, String field, long said, String tensor, long found) throws InputException {
    if (said != found) {
      throw entry.refuse(
          field, "found %d, but %s has %d".formatted(said, Shown.of(tensor), found), ADVICE);
    }
  }

  private static TensorInfo matrix(
      ConfigFile entry, String projection, String part, WeightSource weights)
      throws InputException {
    TensorInfo found = tensor(entry, projection, part, weights);
    if (!found.dtype().isFloating()) {
      throw entry.refuse(part, "the tensor is stored as " + found.dtype(), ADVICE);
    }
    return found;
  }

  private static TensorInfo tensor(
      ConfigFile entry, String projection, String part, WeightSource weights)
      throws InputException {
    String name = projection + "." + part;
    if (!weights.has(name)) {
      throw entry.refuse(part, "it is listed, but the weights have no tensor of it", ADVICE);
    }
    TensorInfo found = weights.info(name);
    if (found.shape().size() != 2) {
      throw entry.refuse(part, "the tensor has the shape " + found.shape(), ADVICE);
    }
    return found;
  }
}
