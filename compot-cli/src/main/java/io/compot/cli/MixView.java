package io.compot.cli;

import io.compot.plan.DamageCurve;
import io.compot.plan.MixPart;
import io.compot.plan.Plan;

/** What a plan's projections become, by form and method, and what other sizes would cost. */
final class MixView {

  private final Screen screen;

  MixView(Screen screen) {
    this.screen = screen;
  }

  void print(Plan plan) {
    var table = new TextTable("method", "stored as", ">projections", ">size", ">bits a weight");
    for (MixPart each : MixPart.of(plan)) {
      table.row(
          each.method(),
          each.form(),
          Integer.toString(each.projections()),
          Quantity.bits(each.bits()),
          "%.3g".formatted(each.bitsAWeight()));
    }
    table.print(screen);
    DamageCurve curve = plan.curve();
    if (curve != null) {
      screen.line();
      print(curve);
    }
  }

  private void print(DamageCurve curve) {
    var table = new TextTable(">size of the projections", ">expected rise of the loss", "");
    boolean told = false;
    for (DamageCurve.Point each : curve.points()) {
      if (!told && each.bits() >= curve.chosen().bits()) {
        row(table, curve.chosen(), "this plan");
        told = true;
      }
      if (each.bits() != curve.chosen().bits()) {
        row(table, each, "");
      }
    }
    if (!told) {
      row(table, curve.chosen(), "this plan");
    }
    table.print(screen);
  }

  private static void row(TextTable table, DamageCurve.Point point, String note) {
    table.row(Quantity.bits(point.bits()), "%.3g".formatted(point.rise()), note);
  }
}
