/** Files that are read over hours, and files that appear whole or not at all. */
@NullMarked
package io.compot.file;

import org.jspecify.annotations.NullMarked;
