/** Files of images as pixels, resized and cut into patches as models that see take them. */
@NullMarked
package io.compot.image;

import org.jspecify.annotations.NullMarked;
