/**
 * Files made hostile at random, from fixed seeds, and what must not happen to whoever reads them.
 */
@NullMarked
package io.compot.fuzz;

import org.jspecify.annotations.NullMarked;
