package io.compot.model;

import java.util.List;
import java.util.stream.Stream;

/** Keys and values of all blocks, so that a token is computed once. */
public final class KvCache implements AutoCloseable {

  private final List<LayerCache> layers;

  /** An empty cache for a model of so many blocks. */
  public KvCache(int layers) {
    this.layers = Stream.generate(LayerCache::new).limit(layers).toList();
  }

  /** The part of one block. */
  public LayerCache layer(int index) {
    return layers.get(index);
  }

  /** Positions held, that is the position of the next token. */
  public long length() {
    return layers.isEmpty() ? 0 : layers.getFirst().length();
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
