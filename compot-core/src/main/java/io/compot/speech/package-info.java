/** From sound to text: what a model that hears is asked, and what it answers. */
@NullMarked
package io.compot.speech;

import org.jspecify.annotations.NullMarked;
