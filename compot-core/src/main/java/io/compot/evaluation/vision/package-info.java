/** Tasks of questions about images, as lmms-eval asks and scores them. */
@NullMarked
package io.compot.evaluation.vision;

import org.jspecify.annotations.NullMarked;
