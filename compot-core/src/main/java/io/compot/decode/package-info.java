/**
 * One more token of each of several texts by kernels alone: no libtorch call, weights as they are
 * stored.
 */
@NullMarked
package io.compot.decode;

import org.jspecify.annotations.NullMarked;
