@NullMarked
package io.compot.evaluation.python;

import org.jspecify.annotations.NullMarked;
