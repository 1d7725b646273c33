/** What Compot refuses or fails at; imports nothing. */
@NullMarked
package io.compot.error;

import org.jspecify.annotations.NullMarked;
