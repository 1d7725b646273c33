/**
 * Safetensors reader and writer, shards and index, HF config, tokenizer files, the packed format.
 */
@NullMarked
package io.compot.checkpoint;

import org.jspecify.annotations.NullMarked;
