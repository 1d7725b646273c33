/** The Java API: the same verbs as the command line. */
@NullMarked
package io.compot;

import org.jspecify.annotations.NullMarked;
