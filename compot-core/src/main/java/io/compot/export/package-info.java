/** Models in forms that other programs load: the contract of a format, and dense checkpoints. */
@NullMarked
package io.compot.export;

import org.jspecify.annotations.NullMarked;
