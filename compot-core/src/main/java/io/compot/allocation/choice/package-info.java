/** Choosing one option for each under a total: exactly, or by Lagrange multipliers. */
@NullMarked
package io.compot.allocation.choice;

import org.jspecify.annotations.NullMarked;
