/** Methods that leave some entries of a weight out, one class each. */
@NullMarked
package io.compot.method.pruned;

import org.jspecify.annotations.NullMarked;
