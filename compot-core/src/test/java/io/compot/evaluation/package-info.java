@NullMarked
package io.compot.evaluation;

import org.jspecify.annotations.NullMarked;
