package io.compot.report;

import org.jspecify.annotations.Nullable;

/**
 * One figure.
 *
 * @param id name of its files and its place in the page; letters and dashes
 * @param caption how to read it, for everybody
 * @param alt what it shows, for those who do not see it
 * @param table its numbers; null where the chart's points are all there is to say
 */
record Figure(
    String id, String title, String caption, String alt, Chart chart, @Nullable Table table) {}
