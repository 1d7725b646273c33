/** Text to token windows to hidden states to Gram matrices. */
@NullMarked
package io.compot.calibration;

import org.jspecify.annotations.NullMarked;
