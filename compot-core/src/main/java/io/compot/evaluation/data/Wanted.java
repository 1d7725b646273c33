package io.compot.evaluation.data;

import java.util.List;

/**
 * Which files of a folder hold a data set.
 *
 * @param names names of the data set, of folders or at the beginning of file names; the first one
 *     is the one that messages show
 * @param config the hub's name of the part to use (a folder there), empty where there is but one
 * @param parted whether the rows may be spread over several folders, one for each part
 * @param splitNamed whether a file must say which split it is
 */
public record Wanted(List<String> names, String config, boolean parted, boolean splitNamed) {

  public Wanted {
    names = List.copyOf(names);
  }

  /** A data set in one piece. */
  public static Wanted of(String... names) {
    return new Wanted(List.of(names), "", false, false);
  }

  /** This data set where the hub keeps it under that configuration. */
  public Wanted config(String name) {
    return new Wanted(names, name, parted, splitNamed);
  }

  /** This data set, which may come as one folder for each of its parts. */
  public Wanted inParts() {
    return new Wanted(names, config, true, splitNamed);
  }

  /** This data set without the files whose names say no split. */
  public Wanted withSplitsNamed() {
    return new Wanted(names, config, parted, true);
  }
}
