/** What Compot refuses or fails at; imports nothing of ours. */
@NullMarked
package io.compot.error;

import org.jspecify.annotations.NullMarked;
