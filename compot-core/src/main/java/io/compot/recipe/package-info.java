/**
 * The settings of a compression: as values, as a recipe file, and what single projections have of
 * their own.
 */
@NullMarked
package io.compot.recipe;

import org.jspecify.annotations.NullMarked;
