/** Tests of the methods. */
@NullMarked
package io.compot.method;

import org.jspecify.annotations.NullMarked;
