package io.compot.pipeline.prune;

import static org.bytedeco.pytorch.global.torch.stack;

import io.compot.error.InputException;
import io.compot.method.structured.GroupChoice.BlockGroups;
import io.compot.method.structured.LlmPrunerMethod;
import io.compot.method.structured.TaylorImportance;
import io.compot.model.Dimension;
import io.compot.model.Dimension.Axis;
import io.compot.model.Projection;
import io.compot.model.TensorSpec;
import io.compot.model.WeightLayout;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What goes together in a block: for each head of keys and values, and for each feed-forward
 * channel, the rows and columns of the block's projections that are its own.
 *
 * @param members all of them
 * @param heads of keys and values
 * @param channels of the feed-forward layer
 * @param headBits of all that is one head's
 * @param channelBits of all that is one channel's
 */
record ChannelGroups(
    List<Member> members, int heads, int channels, long headBits, long channelBits) {

  /**
   * Rows or columns of a projection.
   *
   * @param axis what they are counted by
   * @param rows whether they are outputs
   * @param from the first
   * @param unit how many, side by side, are one head's or channel's
   */
  record Member(Projection projection, Axis axis, boolean rows, long from, long unit) {}

  /** Those of a block. */
  static ChannelGroups of(PruningShape shape, int block) throws InputException {
    Map<String, Projection> byWeight = new LinkedHashMap<>();
    shape.projections(block).forEach(each -> byWeight.put(each.weightName(), each));
    List<Member> members = new ArrayList<>();
    Map<Axis, Long> counts = new EnumMap<>(Axis.class);
    Map<Axis, Long> bits = new EnumMap<>(Axis.class);
    for (TensorSpec spec : shape.stack().tensors(block).toList()) {
      Projection projection = byWeight.get(spec.name());
      if (projection == null) {
        continue;
      }
      for (int i = 0; i < spec.dimensions().size(); i++) {
        Dimension dimension = spec.dimensions().get(i);
        Axis axis = dimension.axis();
        if (axis == Axis.FIXED) {
          continue;
        }
        boolean rows = (i == 0) == (spec.layout() == WeightLayout.OUT_IN);
        long units = dimension.units().stream().mapToLong(Long::longValue).sum();
        long there = dimension.size() / units;
        counts.put(axis, there);
        long each = shape.model().info(spec.name()).bytes() * Byte.SIZE / dimension.size() * units;
        bits.merge(axis, each, Long::sum);
        long from = 0;
        for (long unit : dimension.units()) {
          members.add(new Member(projection, axis, rows, from, unit));
          from += unit * there;
        }
      }
    }
    return new ChannelGroups(
        List.copyOf(members),
        Math.toIntExact(counts.getOrDefault(Axis.HEADS, 0L)),
        Math.toIntExact(counts.getOrDefault(Axis.CHANNELS, 0L)),
        bits.getOrDefault(Axis.HEADS, 0L),
        bits.getOrDefault(Axis.CHANNELS, 0L));
  }

  /** Its projections that have members. */
  List<Projection> projections() {
    return members.stream().map(Member::projection).distinct().toList();
  }

  private int count(Axis axis) {
    return axis == Axis.HEADS ? heads : channels;
  }

  /** As if nothing counted. */
  BlockGroups empty() {
    return new BlockGroups(
        Collections.nCopies(heads, 0.0), headBits, Collections.nCopies(channels, 0.0), channelBits);
  }

  /**
   * What each counts.
   *
   * @param importances of each projection, by its name
   */
  BlockGroups counted(LlmPrunerMethod method, Map<String, TaylorImportance> importances) {
    return new BlockGroups(
        counted(method, importances, Axis.HEADS),
        headBits,
        counted(method, importances, Axis.CHANNELS),
        channelBits);
  }

  private List<Double> counted(
      LlmPrunerMethod method, Map<String, TaylorImportance> importances, Axis axis) {
    if (count(axis) == 0) {
      return List.of();
    }
    try (var _ = TensorScope.open()) {
      var parts = new TensorVector();
      for (Member member : members) {
        if (member.axis() == axis) {
          var importance = Objects.requireNonNull(importances.get(member.projection().name()));
          parts.push_back(
              importance
                  .along(member.rows(), method.taylor())
                  .narrow(0, member.from(), member.unit() * count(axis))
                  .reshape(count(axis), member.unit())
                  .sum(1));
        }
      }
      Tensor all = stack(parts);
      Tensor one =
          switch (method.reduce()) {
            case SUM -> all.sum(0);
            case MEAN -> all.mean(0);
            case MAX -> all.amax(new long[] {0}, false);
            case PROD -> all.prod(0);
          };
      double[] values =
          NativeMemory.bytes(one.to(ScalarType.Double).contiguous())
              .toArray(ValueLayout.JAVA_DOUBLE);
      List<Double> list = new ArrayList<>();
      for (double value : values) {
        list.add(value);
      }
      return list;
    }
  }
}
