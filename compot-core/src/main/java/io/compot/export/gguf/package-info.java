/** Models as GGUF files. */
@NullMarked
package io.compot.export.gguf;

import org.jspecify.annotations.NullMarked;
