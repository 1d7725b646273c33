/** The work itself: a block after the other, each projection a task. */
@NullMarked
package io.compot.pipeline.work;

import org.jspecify.annotations.NullMarked;
