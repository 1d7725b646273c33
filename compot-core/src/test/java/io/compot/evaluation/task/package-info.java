@NullMarked
package io.compot.evaluation.task;

import org.jspecify.annotations.NullMarked;
