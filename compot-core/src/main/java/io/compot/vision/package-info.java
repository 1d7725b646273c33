/** What a model that sees is given: images among the tokens of a text. */
@NullMarked
package io.compot.vision;

import org.jspecify.annotations.NullMarked;
