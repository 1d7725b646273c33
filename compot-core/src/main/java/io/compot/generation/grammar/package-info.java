/** Answers held to a form: grammars over bytes, those of JSON, and which tokens they allow. */
@NullMarked
package io.compot.generation.grammar;

import org.jspecify.annotations.NullMarked;
