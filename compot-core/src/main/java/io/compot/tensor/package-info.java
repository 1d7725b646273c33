/** The thin layer over libtorch: scopes, dtypes, whitening, polar factor, top-s selection. */
@NullMarked
package io.compot.tensor;

import org.jspecify.annotations.NullMarked;
