/** Tests of GGUF files. */
@NullMarked
package io.compot.gguf;

import org.jspecify.annotations.NullMarked;
