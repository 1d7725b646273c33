@NullMarked
package io.compot.checkpoint;

import org.jspecify.annotations.NullMarked;
