/** Which projections of a model are chosen, and what would be done with each. */
@NullMarked
package io.compot.plan;

import org.jspecify.annotations.NullMarked;
