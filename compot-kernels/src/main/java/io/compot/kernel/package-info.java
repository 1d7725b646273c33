/**
 * Products of a few vectors with weights as they are stored, and what else a decoding step needs:
 * by the Vector API where the JVM has it, in plain Java elsewhere.
 */
@NullMarked
package io.compot.kernel;

import org.jspecify.annotations.NullMarked;
