package io.compot.fuzz;

import static org.bytedeco.pytorch.global.torch.arange;

import io.compot.checkpoint.Checkpoint;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.WeightLoader;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * A whole model of which one file is hostile: opened, checked, loaded, and run on three tokens
 * where all of that is let pass.
 */
enum CheckpointTarget implements FuzzTarget {
  WEIGHTS("model.safetensors", false) {
    @Override
    byte[] hostile(SplittableRandom random) {
      return SafetensorsMutator.mutate(TinyModel.weights(false), random);
    }
  },
  PACKED("model.safetensors", true) {
    @Override
    byte[] hostile(SplittableRandom random) {
      return SafetensorsMutator.mutate(TinyModel.weights(true), random);
    }
  },
  INDEX("model.safetensors.index.json", false) {
    @Override
    byte[] hostile(SplittableRandom random) {
      return JsonMutator.mutate(TinyModel.index(), random);
    }
  },
  CONFIG("config.json", false) {
    @Override
    byte[] hostile(SplittableRandom random) {
      return JsonMutator.mutate(TinyModel.config(false), random);
    }
  },
  PACKED_CONFIG("config.json", true) {
    @Override
    byte[] hostile(SplittableRandom random) {
      return JsonMutator.mutate(TinyModel.config(true), random);
    }
  };

  private static final String OUTSIDE = "outside.safetensors";

  private final String hostileFile;
  private final boolean packed;

  CheckpointTarget(String hostileFile, boolean packed) {
    this.hostileFile = hostileFile;
    this.packed = packed;
  }

  abstract byte[] hostile(SplittableRandom random);

  @Override
  public void prepare(Path folder) throws IOException {
    Files.write(folder.resolve("config.json"), TinyModel.config(packed));
    if (this == INDEX) {
      Files.write(folder.resolve(hostileFile), TinyModel.index());
      Files.write(folder.resolve(TinyModel.shardName(0)), TinyModel.shard(0));
      Files.write(folder.resolve(TinyModel.shardName(1)), TinyModel.shard(1));
      // What a path that leaves the folder would find.
      Files.write(folder.resolveSibling(OUTSIDE), TinyModel.shard(0));
    } else {
      Files.write(folder.resolve("model.safetensors"), TinyModel.weights(packed));
    }
  }

  @Override
  public void write(Path folder, SplittableRandom random) throws IOException {
    Files.write(folder.resolve(hostileFile), hostile(random));
  }

  @Override
  public void read(Path folder) throws Exception {
    run(folder);
  }

  /** Opens a model, checks it whole and runs it. */
  static void run(Path model) throws Exception {
    try (var _ = TensorScope.open();
        Checkpoint checkpoint = Checkpoint.open(model)) {
      Path folder = Files.isDirectory(model) ? model : model.getParent();
      for (Path file : checkpoint.weightFiles()) {
        if (!Objects.equals(file.toRealPath().getParent(), folder)) {
          throw new IllegalStateException(file + " lies outside the model's folder");
        }
      }
      Architecture architecture = Architecture.of(checkpoint);
      for (String name : checkpoint.names()) {
        checkpoint.requireFinite(name);
      }
      try (var loaded = CausalModel.load(architecture, WeightLoader.of(checkpoint, Dtype.F32))) {
        Tensor tokens = arange(new Scalar(3)).view(1, 3);
        loaded.logits(tokens);
      }
    }
  }
}
