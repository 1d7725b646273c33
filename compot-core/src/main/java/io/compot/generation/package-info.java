/** From a prompt's tokens to more of them: sampling, stopping, probabilities. */
@NullMarked
package io.compot.generation;

import org.jspecify.annotations.NullMarked;
