/** Many compressions of many models on one scale of bits. */
@NullMarked
package io.compot.comparison;

import org.jspecify.annotations.NullMarked;
