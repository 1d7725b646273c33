/** What tests share. */
@NullMarked
package io.compot.testing;

import org.jspecify.annotations.NullMarked;
