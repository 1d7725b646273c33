@NullMarked
package io.compot.evaluation.result;

import org.jspecify.annotations.NullMarked;
