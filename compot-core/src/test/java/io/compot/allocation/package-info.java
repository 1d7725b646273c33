/** Tests of the ways to split a budget. */
@NullMarked
package io.compot.allocation;

import org.jspecify.annotations.NullMarked;
