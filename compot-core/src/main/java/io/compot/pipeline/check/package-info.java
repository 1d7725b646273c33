/** What is looked at before any long work begins: inputs, disk, memory, earlier work. */
@NullMarked
package io.compot.pipeline.check;

import org.jspecify.annotations.NullMarked;
