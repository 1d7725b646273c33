/** Packed models with the Python code that runs them in transformers. */
@NullMarked
package io.compot.export.transformers;

import org.jspecify.annotations.NullMarked;
