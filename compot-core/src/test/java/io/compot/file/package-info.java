/** Tests of files that change while they are read. */
@NullMarked
package io.compot.file;

import org.jspecify.annotations.NullMarked;
