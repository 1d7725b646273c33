/** Zero-shot and few-shot tasks, worded and scored as lm-evaluation-harness 0.4.9 does. */
@NullMarked
package io.compot.evaluation.task;

import org.jspecify.annotations.NullMarked;
