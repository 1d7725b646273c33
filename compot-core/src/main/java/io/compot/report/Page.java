package io.compot.report;

import java.util.List;

/**
 * What a page shows, decided; only the drawing is left to the browser.
 *
 * @param kind what sort of report it is, for the line above the title
 * @param title usually the model's name
 * @param verdict the result in one sentence
 * @param highlights a few figures in large type
 * @param figures in the order of the page
 * @param facts tables below the figures: settings, inputs, versions
 * @param run what differs between two runs of the same inputs: times, memory, and nothing else
 */
record Page(
    String kind,
    String title,
    String verdict,
    List<Highlight> highlights,
    List<Figure> figures,
    List<Facts> facts,
    Run run) {

  /** A figure in large type. */
  record Highlight(String label, String value, String note) {}

  /**
   * A titled table that can be folded.
   *
   * @param note how to read it; empty where that needs no word
   */
  record Facts(String title, boolean open, String note, Table table) {

    Facts(String title, boolean open, Table table) {
      this(title, open, "", table);
    }
  }

  /** The part that depends on the machine and the moment. */
  record Run(List<Figure> figures, List<Facts> facts) {}
}
