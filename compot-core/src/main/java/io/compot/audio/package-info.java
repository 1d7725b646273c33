/** Sound: files of it as samples, other rates, spectrograms. */
@NullMarked
package io.compot.audio;

import org.jspecify.annotations.NullMarked;
