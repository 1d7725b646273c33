package io.compot.model;

import io.compot.decode.Seen;
import io.compot.tensor.Dtype;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** Keys and values of all blocks, so that a token is computed once. */
public final class KvCache implements Seen, AutoCloseable {

  private final List<LayerCache> layers;

  /**
   * An empty cache for a model of so many blocks.
   *
   * @param type that the model computes in
   */
  public KvCache(int layers, Dtype type) {
    this(Stream.generate(() -> new LayerCache(type)).limit(layers).toList());
  }

  private KvCache(List<LayerCache> layers) {
    this.layers = layers;
  }

  /** The part of one block. */
  @Override
  public LayerCache layer(int index) {
    return layers.get(index);
  }

  /** Positions held. */
  public long length() {
    return layers.isEmpty() ? 0 : layers.getFirst().length();
  }

  /** Where the next token stands: as many as are held, except behind images. */
  public long next() {
    return layers.isEmpty() ? 0 : layers.getFirst().next();
  }

  /**
   * Takes what follows for standing elsewhere.
   *
   * @param by how much further than there are positions
   */
  public void shift(long by) {
    layers.forEach(layer -> layer.shift(by));
  }

  @Override
  public int positions() {
    return Math.toIntExact(length());
  }

  @Override
  public int shift() {
    return Math.toIntExact(next() - length());
  }

  /**
   * A cache of other rows, so that one context can be continued in several ways.
   *
   * @param rows I64 [B'], for each row of the new cache the row of this one that it copies
   * @return a new cache, of the same positions; the caller closes it
   */
  public KvCache select(Tensor rows) {
    return new KvCache(layers.stream().map(layer -> layer.select(rows)).toList());
  }

  /** The same of the first positions alone. */
  public KvCache select(Tensor rows, long positions) {
    return new KvCache(layers.stream().map(layer -> layer.select(rows, positions)).toList());
  }

  /** Takes no more room than so many positions need, if that is enough. */
  public void limit(long positions) {
    layers.forEach(layer -> layer.limit(positions));
  }

  /** Bytes of native memory that it holds. */
  public long bytes() {
    return layers.stream().mapToLong(LayerCache::bytes).sum();
  }

  /** Forgets all but the first positions. */
  public void cut(long positions) {
    layers.forEach(layer -> layer.cut(positions));
  }

  /** Forgets everything; the cache may be used anew. */
  public void clear() {
    layers.forEach(LayerCache::close);
  }

  @Override
  public void close() {
    clear();
  }
}
