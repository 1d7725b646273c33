/** The command line: one class a command, no mathematics. */
@NullMarked
package io.compot.cli;

import org.jspecify.annotations.NullMarked;
