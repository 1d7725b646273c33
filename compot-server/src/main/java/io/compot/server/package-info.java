/** A server for models: limits, who may ask, what is measured. */
@NullMarked
package io.compot.server;

import org.jspecify.annotations.NullMarked;
