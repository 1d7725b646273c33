/**
 * Between the two ways of describing the same model: llama.cpp's metadata and names, and Hugging
 * Face's config.json, tokenizer.json and names.
 */
@NullMarked
package io.compot.gguf.model;

import org.jspecify.annotations.NullMarked;
