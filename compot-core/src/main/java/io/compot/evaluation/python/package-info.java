/** Rules of Python's own library where a published protocol is defined by them. */
@NullMarked
package io.compot.evaluation.python;

import org.jspecify.annotations.NullMarked;
