/** What replaces a weight, and exactly how many bits it takes. */
@NullMarked
package io.compot.form;

import org.jspecify.annotations.NullMarked;
