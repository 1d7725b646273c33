/**
 * One self-contained page over results: facts come in as JSON, HTML goes out. Nothing is measured
 * or computed here beyond means, extremes and formatting.
 */
@NullMarked
package io.compot.report;

import org.jspecify.annotations.NullMarked;
