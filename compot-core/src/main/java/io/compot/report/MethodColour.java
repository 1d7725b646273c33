package io.compot.report;

import java.util.List;

/** The colour of a method, the same in every figure whatever else is in it. */
final class MethodColour {

  /** In this order colours are given; a method that is not here has one of those behind them. */
  private static final List<String> KNOWN =
      List.of(
          "compot",
          "svd-llm",
          "compot+",
          "cospadi",
          "rocket",
          "svd-llm-v2",
          "asvd",
          "svd",
          "compot+lite",
          "rtn",
          "gptq",
          "trellis",
          "mix",
          "wanda",
          "sparsegpt",
          "replaceme",
          "llm-pruner",
          "heal",
          "dobi-svd");

  /** Okabe and Ito's, darkened until thin lines of them can be told apart on white. */
  private static final List<String> ON_WHITE =
      List.of(
          "#0072b2", "#d55e00", "#00916a", "#b65c97", "#c98a00", "#4a8fc7", "#6b7280", "#5b3fa0",
          "#7a8a00", "#8c2d04", "#1f2937", "#c51b7d", "#14532d", "#008080", "#7f1d1d", "#6b21a8",
          "#a16207", "#0f766e", "#9d174d", "#3f6212");

  private MethodColour() {}

  /** Its number, from 0. */
  static int number(String method) {
    int known = KNOWN.indexOf(method);
    int others = ON_WHITE.size() - KNOWN.size();
    return known >= 0 ? known : KNOWN.size() + Math.floorMod(method.hashCode(), others);
  }

  /** As SVG takes it, on a white ground. */
  static String onWhite(String method) {
    return ON_WHITE.get(number(method));
  }
}
