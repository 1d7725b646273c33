/**
 * Weights as whole-numbered codes with scales and zeros of groups, and the ways in which other
 * programs pack them into words.
 */
@NullMarked
package io.compot.grouped;

import org.jspecify.annotations.NullMarked;
