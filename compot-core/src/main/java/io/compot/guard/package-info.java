/**
 * Compressions whose size is searched for: models are made and measured until one is good enough.
 */
@NullMarked
package io.compot.guard;

import org.jspecify.annotations.NullMarked;
