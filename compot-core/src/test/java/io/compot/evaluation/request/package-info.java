@NullMarked
package io.compot.evaluation.request;

import org.jspecify.annotations.NullMarked;
