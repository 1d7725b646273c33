/**
 * Safetensors files, alone and in shards: header to tensors and back, everything checked before it
 * is used.
 */
@NullMarked
package io.compot.safetensors;

import org.jspecify.annotations.NullMarked;
