/** Tests of packed codes against files of other programs. */
@NullMarked
package io.compot.grouped;

import org.jspecify.annotations.NullMarked;
