/** Pieces of a compression as values that other processes can do, and who has them done. */
@NullMarked
package io.compot.pipeline.task;

import org.jspecify.annotations.NullMarked;
