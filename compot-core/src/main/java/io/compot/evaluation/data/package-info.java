/** Rows of data sets from the files users have. */
@NullMarked
package io.compot.evaluation.data;

import org.jspecify.annotations.NullMarked;
