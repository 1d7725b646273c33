/** Hugging Face tokenizers: their files checked part by part, texts to tokens and back. */
@NullMarked
package io.compot.tokenizer;

import org.jspecify.annotations.NullMarked;
