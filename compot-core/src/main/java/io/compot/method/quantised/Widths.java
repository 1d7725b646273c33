package io.compot.method.quantised;

import io.compot.quantise.Grid;
import io.compot.setting.Kind;
import io.compot.setting.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Some widths of codes, ascending. */
record Widths() implements Kind<List<Integer>> {

  private static final Kind.Whole NUMBER = new Kind.Whole(Grid.NARROWEST, Grid.WIDEST);

  @Override
  public List<Integer> parse(String written) throws Refused {
    var all = new TreeSet<Integer>();
    for (String each : written.split(",", -1)) {
      try {
        all.add(NUMBER.parse(each.strip()));
      } catch (Refused _) {
        throw new Refused(expected());
      }
    }
    return new ArrayList<>(all);
  }

  @Override
  public String write(List<Integer> value) {
    return value.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  @Override
  public String expected() {
    return "whole numbers from %d to %d with commas between them"
        .formatted(Grid.NARROWEST, Grid.WIDEST);
  }

  @Override
  public String label() {
    return "N,N";
  }
}
