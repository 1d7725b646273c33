/** One file an architecture; blocks, attention, linears, KV cache, generation. */
@NullMarked
package io.compot.model;

import org.jspecify.annotations.NullMarked;
