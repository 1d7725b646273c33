package io.compot.speech;

import static org.bytedeco.pytorch.global.torch.log_softmax;

import io.compot.tensor.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Which times a model may write, and when it must (Radford et al., arXiv 2212.04356, and OpenAI's
 * decoding): a text begins with a time; times stand in pairs, the end of one segment and the
 * beginning of the next, but for the last; they never go back; and where all times together are
 * likelier than any word, a time it is.
 *
 * @param first token of the time 0; all from there on are times
 * @param none token that asks for no times
 * @param end token that ends a text, behind those of words
 * @param latestFirst number of the last time that may come first; -1 for any
 */
record TimeRule(int first, int none, int end, int latestFirst) {

  private static final Scalar NEVER = new Scalar(Double.NEGATIVE_INFINITY);

  boolean isTime(int token) {
    return token >= first;
  }

  /**
   * Silences what may not come next.
   *
   * @param scores F32 [V], changed
   * @param written tokens so far, without the prompt
   */
  void apply(Tensor scores, List<Integer> written) {
    try (var _ = TensorScope.open()) {
      int all = Math.toIntExact(scores.size(0));
      int count = written.size();
      silence(scores, none, none + 1);
      if (count == 0) {
        silence(scores, 0, first);
        if (latestFirst >= 0) {
          silence(scores, Math.min(all, first + latestFirst + 1), all);
        }
      } else {
        boolean last = isTime(written.getLast());
        boolean pair = count < 2 || isTime(written.get(count - 2));
        if (last && pair) {
          silence(scores, first, all);
        } else if (last) {
          silence(scores, 0, end);
        }
        int latest = written.stream().filter(this::isTime).reduce(first, (_, next) -> next);
        boolean closing = last && !pair;
        silence(scores, first, Math.min(all, closing ? latest : latest + 1));
      }
      Tensor logs = log_softmax(scores, 0);
      double times = logs.narrow(0, first, all - first).logsumexp(0).item_double();
      if (times > logs.narrow(0, 0, first).max().item_double()) {
        silence(scores, 0, first);
      }
    }
  }

  private static void silence(Tensor scores, int from, int to) {
    if (to > from) {
      scores.narrow(0, from, to - from).fill_(NEVER);
    }
  }
}
