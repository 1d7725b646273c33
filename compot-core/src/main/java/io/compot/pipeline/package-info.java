/** Plan, calibrate, factorise, write. */
@NullMarked
package io.compot.pipeline;

import org.jspecify.annotations.NullMarked;
