/** What a process does that works for another one. */
@NullMarked
package io.compot.pipeline.crew;

import org.jspecify.annotations.NullMarked;
