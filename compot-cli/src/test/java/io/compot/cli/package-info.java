/** Tests of the commands, as a user meets them. */
@NullMarked
package io.compot.cli;

import org.jspecify.annotations.NullMarked;
