package io.compot.model;

import java.util.List;

/**
 * How the frequencies of rotary position embedding are changed to reach further than the model was
 * trained, as Hugging Face transformers does it ({@code modeling_rope_utils}). d is the head
 * dimension, θ the base; without scaling the frequencies are θ^(−2i/d).
 */
sealed interface RopeScaling {

  /**
   * Angle a position of each of the d/2 pairs.
   *
   * @param theta θ
   * @param dim d, even
   * @param length positions in the sequence so far
   */
  double[] frequencies(double theta, int dim, long length);

  /** What cos and sin are multiplied by. */
  default double attentionFactor() {
    return 1;
  }

  /** Frequencies without scaling. */
  static double[] plain(double theta, int dim) {
    double[] frequencies = new double[dim / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = Math.pow(theta, -2.0 * i / dim);
    }
    return frequencies;
  }

  /** No scaling. */
  record None() implements RopeScaling {
    @Override
    public double[] frequencies(double theta, int dim, long length) {
      return plain(theta, dim);
    }
  }

  /** All frequencies divided by a factor (position interpolation, arXiv 2306.15595). */
  record Linear(double factor) implements RopeScaling {
    @Override
    public double[] frequencies(double theta, int dim, long length) {
      double[] frequencies = plain(theta, dim);
      for (int i = 0; i < frequencies.length; i++) {
        frequencies[i] /= factor;
      }
      return frequencies;
    }
  }

  /**
   * A base that grows with the sequence once it is longer than the model was trained for (dynamic
   * NTK-aware scaling). Keys already in a cache keep the rotation they were given.
   *
   * @param trained positions the model was trained for
   */
  record Dynamic(double factor, long trained) implements RopeScaling {
    @Override
    public double[] frequencies(double theta, int dim, long length) {
      if (length <= trained || dim <= 2) {
        return plain(theta, dim);
      }
      double stretch = factor * length / trained - (factor - 1);
      return plain(theta * Math.pow(stretch, dim / (dim - 2.0)), dim);
    }
  }

  /**
   * Llama 3.1: long wavelengths divided by a factor, short ones kept, a smooth step between.
   *
   * @param low {@code low_freq_factor}
   * @param high {@code high_freq_factor}
   * @param trained {@code original_max_position_embeddings}
   */
  record Llama3(double factor, double low, double high, long trained) implements RopeScaling {
    @Override
    public double[] frequencies(double theta, int dim, long length) {
      double[] frequencies = plain(theta, dim);
      for (int i = 0; i < frequencies.length; i++) {
        double turns = trained * frequencies[i] / (2 * Math.PI);
        if (turns < low) {
          frequencies[i] /= factor;
        } else if (turns <= high) {
          double smooth = (turns - low) / (high - low);
          frequencies[i] = (1 - smooth) * frequencies[i] / factor + smooth * frequencies[i];
        }
      }
      return frequencies;
    }
  }

  /**
   * YaRN (arXiv 2309.00071): pairs that turn often keep their frequency, pairs that turn rarely are
   * interpolated, with a linear ramp between; attention is sharpened through cos and sin.
   *
   * @param trained {@code original_max_position_embeddings}
   * @param fast {@code beta_fast}, turns from which on a pair is kept
   * @param slow {@code beta_slow}, turns below which it is interpolated
   * @param truncate whether the ramp begins and ends at whole pairs
   */
  record Yarn(
      double factor,
      long trained,
      double fast,
      double slow,
      boolean truncate,
      double attentionFactor)
      implements RopeScaling {

    @Override
    public double[] frequencies(double theta, int dim, long length) {
      double first = pairThatTurns(fast, theta, dim);
      double last = pairThatTurns(slow, theta, dim);
      double from = Math.max(truncate ? Math.floor(first) : first, 0);
      double to = Math.min(truncate ? Math.ceil(last) : last, dim - 1.0);
      if (from == to) {
        to += 0.001; // as the reference does, against a division by zero
      }
      double[] frequencies = plain(theta, dim);
      for (int i = 0; i < frequencies.length; i++) {
        double interpolated = Math.clamp((i - from) / (to - from), 0.0, 1.0);
        frequencies[i] *= interpolated / factor + (1 - interpolated);
      }
      return frequencies;
    }

    private double pairThatTurns(double turns, double theta, int dim) {
      return dim * Math.log(trained / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
    }

    /** 0.1 · mscale · ln(factor) + 1 (its section 3.4). */
    static double sharpening(double factor, double mscale) {
      return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
    }
  }

  /**
   * LongRoPE (arXiv 2402.13753): each pair's frequency divided by a number of its own, of one list
   * up to the length that was trained and of another beyond. Keys already in a cache keep the
   * rotation they were given.
   *
   * @param shorter {@code short_factor}, d/2 numbers
   * @param longer {@code long_factor}, d/2 numbers
   * @param trained {@code original_max_position_embeddings}
   */
  record LongRope(List<Double> shorter, List<Double> longer, long trained, double attentionFactor)
      implements RopeScaling {

    public LongRope {
      shorter = List.copyOf(shorter);
      longer = List.copyOf(longer);
    }

    @Override
    public double[] frequencies(double theta, int dim, long length) {
      List<Double> factors = length > trained ? longer : shorter;
      double[] frequencies = plain(theta, dim);
      for (int i = 0; i < frequencies.length; i++) {
        frequencies[i] /= factors.get(i);
      }
      return frequencies;
    }

    /** √(1 + ln(factor)/ln(trained)) (its appendix). */
    static double sharpening(double factor, long trained) {
      return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log((double) trained));
    }
  }

  /**
   * The first pairs are turned, the others not at all ({@code proportional}).
   *
   * @param share of the pairs that are turned
   */
  record Proportional(double factor, double share) implements RopeScaling {
    @Override
    public double[] frequencies(double theta, int dim, long length) {
      double[] frequencies = plain(theta, dim);
      int turned = (int) Math.floor(share * dim / 2);
      for (int i = 0; i < frequencies.length; i++) {
        frequencies[i] = i < turned ? frequencies[i] / factor : 0;
      }
      return frequencies;
    }
  }
}
