/** One codec a form: all that the rest needs to know of it, and how forms are written down. */
@NullMarked
package io.compot.form.codec;

import org.jspecify.annotations.NullMarked;
