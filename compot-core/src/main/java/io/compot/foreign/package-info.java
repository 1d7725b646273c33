/** Models in other programs' formats, read as if they were Hugging Face checkpoints. */
@NullMarked
package io.compot.foreign;

import org.jspecify.annotations.NullMarked;
