/** Ways to store one projection, with their bits and expected errors. */
@NullMarked
package io.compot.allocation.option;

import org.jspecify.annotations.NullMarked;
