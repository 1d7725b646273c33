/** Methods that make a dictionary and a sparse code: COMPOT, ours, CoSpaDi, ROCKET. */
@NullMarked
package io.compot.method.sparse;

import org.jspecify.annotations.NullMarked;
