package io.compot.model;

import io.compot.error.InputException;
import io.compot.model.Dimension.Axis;
import io.compot.text.ConfigFile;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Blocks that are narrower than their model's configuration says: {@code compression.widths} gives,
 * by the number of the block, its {@code heads} (those of keys and values, each with the query
 * heads that read it) and its {@code channels} (of the feed-forward layer), where they are fewer.
 */
public final class Widths {

  private static final String SECTION = "compression";
  private static final String FIELD = "widths";

  private final Map<Integer, Narrowed> blocks;

  /** Of one block; what is not given is as everywhere. */
  public record Narrowed(@Nullable Integer heads, @Nullable Integer channels) {}

  /** The given blocks' widths. */
  public Widths(Map<Integer, Narrowed> blocks) {
    this.blocks = Map.copyOf(blocks);
  }

  /** By the number of the block. */
  public Map<Integer, Narrowed> blocks() {
    return blocks;
  }

  /**
   * Those of a configuration, none where it does not say.
   *
   * @param layers number of blocks
   * @throws InputException where a block is not there or a width makes no sense
   */
  public static Widths read(ConfigFile config, int layers) throws InputException {
    Optional<ConfigFile> section = config.optionalObject(SECTION);
    Optional<ConfigFile> given =
        section.isEmpty() ? Optional.empty() : section.get().optionalObject(FIELD);
    var blocks = new TreeMap<Integer, Narrowed>();
    if (given.isPresent()) {
      for (String block : given.get().fields()) {
        if (!block.matches("\\d{1,9}") || Integer.parseInt(block) >= layers) {
          throw given
              .get()
              .refuse(
                  block,
                  "there is no such block",
                  "blocks are numbered from 0 to " + (layers - 1) + ": correct the file");
        }
        ConfigFile width = given.get().object(block);
        blocks.put(
            Integer.parseInt(block), new Narrowed(size(width, "heads"), size(width, "channels")));
      }
    }
    return new Widths(blocks);
  }

  private static @Nullable Integer size(ConfigFile width, String field) throws InputException {
    var size = width.optionalPositiveInt(field, Integer.MAX_VALUE);
    return size.isPresent() ? size.getAsInt() : null;
  }

  /** What all blocks have, where it is the same. */
  Optional<Narrowed> alike(int layers) {
    boolean same = blocks.size() == layers && blocks.values().stream().distinct().count() == 1;
    return same ? blocks.values().stream().findFirst() : Optional.empty();
  }

  /** Puts them into a configuration, in place of those that it has. */
  public void writeTo(ObjectNode config) {
    ObjectNode section =
        config.get(SECTION) instanceof ObjectNode there ? there : config.putObject(SECTION);
    section.remove(FIELD);
    if (!blocks.isEmpty()) {
      ObjectNode widths = section.putObject(FIELD);
      new TreeMap<>(blocks)
          .forEach((block, of) -> {
            ObjectNode width = widths.putObject(Integer.toString(block));
            if (of.heads() != null) {
              width.put("heads", of.heads());
            }
            if (of.channels() != null) {
              width.put("channels", of.channels());
            }
          });
    }
    if (section.isEmpty()) {
      config.remove(SECTION);
    }
  }

  /** The key and value heads of a block. */
  Dimension heads(int block, Dimension usual) {
    Narrowed of = blocks.get(block);
    return of == null || of.heads() == null ? usual : said(block, of.heads(), "heads");
  }

  /** The feed-forward channels of a block. */
  Dimension channels(int block, Dimension usual) {
    Narrowed of = blocks.get(block);
    Dimension width =
        of == null || of.channels() == null ? usual : said(block, of.channels(), "channels");
    return width.along(Axis.CHANNELS, width.size());
  }

  private static Dimension said(int block, long size, String what) {
    return new Dimension(size, "%s.%s.%d.%s".formatted(SECTION, FIELD, block, what));
  }
}
