/** Rows of texts with images in them, for models that see. */
@NullMarked
package io.compot.calibration.image;

import org.jspecify.annotations.NullMarked;
