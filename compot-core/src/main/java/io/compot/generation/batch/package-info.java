/** Several texts in the making by one model: shared steps, shared beginnings, bounded memory. */
@NullMarked
package io.compot.generation.batch;

import org.jspecify.annotations.NullMarked;
