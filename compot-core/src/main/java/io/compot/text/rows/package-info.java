/** Rows of JSON and parquet files that others wrote, also packed. */
@NullMarked
package io.compot.text.rows;

import org.jspecify.annotations.NullMarked;
