package io.compot.decode;

/** A block: attention and feed-forward layer, each within a residual connection. */
public record DecoderLayer(
    Around aroundAttention,
    AttentionWeights attention,
    Around aroundFeedForward,
    FeedForwardWeights feedForward) {}
