package io.compot.method.structured;

import io.compot.setting.Kind;
import io.compot.setting.Refused;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Blocks from one to another.
 *
 * @param first number of the first, from 0; −1 where it hangs on how many there are
 * @param last number of the last, which is in it; −1 for the model's
 */
public record BlockRange(int first, int last) {

  /** All but an eighth in front and a sixteenth behind, as LLM-Pruner has it for 32 blocks. */
  public static final BlockRange AUTO = new BlockRange(-1, -1);

  /** All. */
  public static final BlockRange ALL = new BlockRange(0, -1);

  /** The number of the first, of so many blocks. */
  public int from(int blocks) {
    return first >= 0 ? first : Math.min(Math.ceilDiv(blocks, 8), (blocks - 1) / 2);
  }

  /** The number behind the last, of so many blocks. */
  public int to(int blocks) {
    if (last >= 0) {
      return last + 1;
    }
    return first >= 0 ? blocks : blocks - Math.min(Math.ceilDiv(blocks, 16), (blocks - 1) / 2);
  }

  /** How it is written. */
  static final class Written implements Kind<BlockRange> {

    private static final String EVERY = "all";
    private static final Pattern PAIR = Pattern.compile("(\\d{1,6})-(\\d{1,6})");

    @Override
    public BlockRange parse(String written) throws Refused {
      String text = written.strip();
      if (text.equals(AUTO)) {
        return BlockRange.AUTO;
      }
      if (text.equals(EVERY)) {
        return ALL;
      }
      Matcher pair = PAIR.matcher(text);
      if (pair.matches()) {
        var range =
            new BlockRange(Integer.parseInt(pair.group(1)), Integer.parseInt(pair.group(2)));
        if (range.first <= range.last) {
          return range;
        }
      }
      throw new Refused(expected());
    }

    @Override
    public String write(BlockRange value) {
      if (value.equals(BlockRange.AUTO)) {
        return AUTO;
      }
      return value.equals(ALL) ? EVERY : value.first + "-" + value.last;
    }

    @Override
    public String expected() {
      return "two numbers of blocks such as 4-29, all or auto";
    }

    @Override
    public String label() {
      return "RANGE";
    }
  }
}
