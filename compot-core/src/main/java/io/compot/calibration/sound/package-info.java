/** Calibration of models that hear: files of sound, and what is said in them. */
@NullMarked
package io.compot.calibration.sound;

import org.jspecify.annotations.NullMarked;
