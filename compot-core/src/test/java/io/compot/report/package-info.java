@NullMarked
package io.compot.report;

import org.jspecify.annotations.NullMarked;
