/** One class a way to split a budget of bits over projections, all behind BudgetAllocator. */
@NullMarked
package io.compot.allocation;

import org.jspecify.annotations.NullMarked;
