package io.compot.method;

import io.compot.form.Form;

/**
 * What a method could put in a weight's place, and what that is predicted to cost: so allocations
 * weigh methods, sizes and widths against each other in one list.
 *
 * @param maker that makes it: the method that was asked, or one that it chooses among
 * @param label names the method and what tells its offers apart, e.g. "compot+ k/s 1.5"
 * @param form which says its exact bits
 * @param rise predicted rise of the mean loss in nats a token, where this weight alone is replaced
 */
public record Offer(CompressionMethod maker, String label, Form form, double rise) {}
