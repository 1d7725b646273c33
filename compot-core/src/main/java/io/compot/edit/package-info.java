/** Edits of a model as values: each makes a view of it, and nothing is copied until written. */
@NullMarked
package io.compot.edit;

import org.jspecify.annotations.NullMarked;
