/** One class a compression method, all behind CompressionMethod. */
@NullMarked
package io.compot.method;

import org.jspecify.annotations.NullMarked;
