package io.compot.model;

import static org.bytedeco.pytorch.global.torch.cat;

import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * Rows that are one token each, behind sequences of their own, which have different lengths. What
 * has weights is computed for all rows at once; a row's attention reads its own keys and values, so
 * that nothing is padded (selective batching: Yu et al., Orca, OSDI 2022).
 */
public final class OwnSequences implements AutoCloseable {

  private final List<KvCache> caches;
  private final long[] positions;
  private final Map<Rotary, Rotary.Tables> tables = new HashMap<>();

  /**
   * What one block sees of them.
   *
   * @param index of the block
   */
  public record Layer(OwnSequences rows, int index) {

    /** See {@link OwnSequences#tables}. */
    Rotary.Tables tables(Rotary rotary, Dtype type) {
      return rows.tables(rotary, type);
    }

    /**
     * Attention of each row to its own sequence, whose caches it extends.
     *
     * @param q [B, heads, 1, d], rotated
     * @param k [B, kvHeads, 1, d], rotated
     * @param v [B, kvHeads, 1, d]
     * @return [B, heads, 1, d] in the caller's scope
     */
    Tensor attend(Tensor q, Tensor k, Tensor v, Scoring scoring) {
      try (var scope = TensorScope.open()) {
        var mixed = new TensorVector();
        for (int row = 0; row < rows.caches.size(); row++) {
          LayerCache own = rows.caches.get(row).layer(index);
          var all = own.append(k.narrow(0, row, 1), v.narrow(0, row, 1));
          mixed.push_back(
              CausalAttention.attend(q.narrow(0, row, 1), all.keys(), all.values(), scoring));
        }
        return scope.keep(cat(mixed, 0));
      }
    }
  }

  /**
   * @param caches what each row follows; stay the caller's
   */
  OwnSequences(List<KvCache> caches) {
    this.caches = List.copyOf(caches);
    this.positions = caches.stream().mapToLong(KvCache::next).toArray();
  }

  /** Where in its sequence each row's token stands: I64 [B, 1], in the caller's scope. */
  Tensor positions() {
    try (var scope = TensorScope.open();
        var arena = Arena.ofConfined()) {
      var segment = arena.allocateFrom(ValueLayout.JAVA_LONG, positions);
      // A copy: the memory behind it ends here.
      return scope.keep(NativeMemory.tensor(segment, Dtype.I64, positions.length, 1).clone());
    }
  }

  /** Each row's own rotation, [B, 1, 1, d/2]; made once for all blocks. */
  Rotary.Tables tables(Rotary rotary, Dtype type) {
    return tables.computeIfAbsent(rotary, it -> made(it, type));
  }

  private Rotary.Tables made(Rotary rotary, Dtype type) {
    try (var scope = TensorScope.open()) {
      var cos = new TensorVector();
      var sin = new TensorVector();
      for (long position : positions) {
        Rotary.Tables one = rotary.tables(position, 1, type);
        cos.push_back(one.cos());
        sin.push_back(one.sin());
      }
      return new Rotary.Tables(
          scope.own(cat(cos, 0).unsqueeze(1).unsqueeze(1)),
          scope.own(cat(sin, 0).unsqueeze(1).unsqueeze(1)));
    }
  }

  @Override
  public void close() {
    tables
        .values()
        .forEach(each -> {
          each.cos().close();
          each.sin().close();
        });
    tables.clear();
  }
}
