@NullMarked
package io.compot.evaluation.data;

import org.jspecify.annotations.NullMarked;
