/** Methods that leave a weight whole and store it in few bits. */
@NullMarked
package io.compot.method.quantised;

import org.jspecify.annotations.NullMarked;
