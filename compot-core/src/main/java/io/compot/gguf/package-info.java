/** GGUF files, as llama.cpp and its relatives read and write them: header, metadata, tensors. */
@NullMarked
package io.compot.gguf;

import org.jspecify.annotations.NullMarked;
