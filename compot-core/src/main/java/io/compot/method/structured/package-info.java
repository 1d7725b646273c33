/** Methods that take whole parts out of a model, and the mathematics of their choices. */
@NullMarked
package io.compot.method.structured;

import org.jspecify.annotations.NullMarked;
