package io.compot.audio;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.constant_pad_nd;
import static org.bytedeco.pytorch.global.torch.max;

import io.compot.error.InputException;
import io.compot.error.StoppedException;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/** Sound of any length, read in order. */
final class LongSound implements HeardSound {

  private final LogMel mel;
  private final MelStream stream;
  private final double largest;
  private final long frames;
  private final double seconds;

  /** Frames from number {@code start} on, outside of all scopes. */
  private Tensor held;

  private long start;

  private LongSound(LogMel mel, MelStream stream, double largest, MelStream first) {
    this.mel = mel;
    this.stream = stream;
    this.largest = largest;
    this.frames = first.frames();
    this.seconds = (double) first.samples() / mel.rate();
    try (var scope = TensorScope.open()) {
      this.held = scope.own(Tensor.create(new float[0]).view(mel.bands(), 0));
    }
  }

  static LongSound open(Path file, LogMel mel, StopRequest stop)
      throws InputException, StoppedException {
    double largest = Double.NEGATIVE_INFINITY;
    try (var first = MelStream.open(file, mel)) {
      while (true) {
        stop.check();
        try (var _ = TensorScope.open()) {
          Tensor logs = first.next();
          if (logs.size(1) == 0) {
            break;
          }
          largest = Math.max(largest, max(logs).item_double());
        }
      }
      return new LongSound(mel, MelStream.open(file, mel), largest, first);
    }
  }

  @Override
  public long frames() {
    return frames;
  }

  @Override
  public double seconds() {
    return seconds;
  }

  @Override
  public boolean whole() {
    return false;
  }

  @Override
  public Tensor from(long from) throws InputException {
    try (var scope = TensorScope.open()) {
      Tensor all = held;
      boolean more = false;
      long needed = Math.min(frames, from + mel.frames());
      while (start + all.size(1) < needed) {
        Tensor next = LogMel.near(stream.next(), largest);
        long gone = Math.clamp(from - start, 0, all.size(1));
        all = cat(new TensorVector(all.narrow(1, gone, all.size(1) - gone), next), 1);
        start += gone;
        more = true;
        if (next.size(1) == 0) {
          break;
        }
      }
      if (more) {
        Tensor kept = scope.own(all.clone());
        held.close();
        held = kept;
      }
      long count = Math.clamp(start + held.size(1) - from, 0, mel.frames());
      Tensor heard = held.narrow(1, Math.min(from - start, held.size(1) - count), count);
      return scope.keep(
          constant_pad_nd(heard, new long[] {0, mel.frames() - count}, new Scalar(0.0)));
    }
  }

  @Override
  public void close() {
    held.close();
    stream.close();
  }
}
