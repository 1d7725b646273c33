/** The blocks in which ggml stores a few dozen or hundred weights: layouts, decoding, rounding. */
@NullMarked
package io.compot.gguf.block;

import org.jspecify.annotations.NullMarked;
