/** Work that outlives its process: a locked folder, its journal, and finished files by digest. */
@NullMarked
package io.compot.journal;

import org.jspecify.annotations.NullMarked;
