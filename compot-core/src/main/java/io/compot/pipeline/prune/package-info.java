/** Parts taken out of whole models: which, what makes up for them, and the result. */
@NullMarked
package io.compot.pipeline.prune;

import org.jspecify.annotations.NullMarked;
