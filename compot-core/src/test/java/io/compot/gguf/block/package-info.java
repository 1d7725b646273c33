/** Tests of block types against ggml's own bytes. */
@NullMarked
package io.compot.gguf.block;

import org.jspecify.annotations.NullMarked;
