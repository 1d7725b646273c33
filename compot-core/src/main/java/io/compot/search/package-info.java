/** The search for the smallest size whose quality is good enough. */
@NullMarked
package io.compot.search;

import org.jspecify.annotations.NullMarked;
