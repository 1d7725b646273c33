/**
 * Weights in few bits: integer grids, trellis codes, error feedback; pure functions of matrices.
 */
@NullMarked
package io.compot.quantise;

import org.jspecify.annotations.NullMarked;
