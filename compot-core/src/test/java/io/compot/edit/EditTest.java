package io.compot.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.Compression;
import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.checkpoint.OutputFolder;
import io.compot.checkpoint.PlainOutput;
import io.compot.edit.Narrow.Kept;
import io.compot.error.InputException;
import io.compot.model.Architecture;
import io.compot.model.Block;
import io.compot.model.CausalModel;
import io.compot.model.WeightLoader;
import io.compot.pipeline.Compressor;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.testing.EditedCheckpoint;
import io.compot.testing.SharedData;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EditTest {

  private static final Path DEMO = Path.of("..", "demo");
  private static final Path MODEL = DEMO.resolve("model");
  private static final long[] TOKENS = {5, 9, 17, 33, 64, 2, 61, 40, 8, 51};

  @TempDir private Path folder;

  /** The original's own blocks, but for those that went, give the same states to the bit. */
  @Test
  void droppedBlocksAreLeftOut() throws Exception {
    try (var _ = TensorScope.open();
        ModelSource original = Checkpoint.open(MODEL);
        ModelSource edited = new DropBlocks(1, 2).on(Checkpoint.open(MODEL))) {
      var architecture = Architecture.of(original);
      var loader = WeightLoader.of(original, Dtype.F32);
      Tensor hidden;
      try (var embedding = architecture.embedding(loader)) {
        hidden = embedding.forward(tokens(), 0);
      }
      for (int block : new int[] {0, 3}) {
        try (Block each = architecture.decoder().block(block, loader)) {
          hidden = each.forward(hidden);
        }
      }
      Tensor expected;
      try (var head = architecture.head(loader)) {
        expected = head.logits(head.normalise(hidden)).clone();
      }
      assertThat(Architecture.of(edited).decoder().blocks()).isEqualTo(2);
      assertThat(logits(edited).equal(expected)).isTrue();
      assertThat(edited.digests()).containsEntry("edit 1: blocks dropped", "2 from 1 on");
    }
  }

  @Test
  void noMoreBlocksGoThanThereAre() throws Exception {
    try (ModelSource original = Checkpoint.open(MODEL)) {
      assertThatThrownBy(() -> new DropBlocks(3, 2).on(original))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("blocks 3 to 4 cannot go: there are 4 of them");
      assertThatThrownBy(() -> new DropBlocks(0, 4).on(original))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("one must stay");
    }
  }

  /** What a channel or head adds is nothing where the columns that read it are zero. */
  @Test
  void narrowedIsLikeZeroedColumns() throws Exception {
    narrowed(
        MODEL,
        new Kept(Optional.of(List.of(1)), Optional.of(even(352))),
        "model.layers.2.self_attn.o_proj",
        64,
        "model.layers.2.mlp.down_proj");
  }

  /** OPT's biases and equal numbers of heads. */
  @Test
  void narrowedOpt() throws Exception {
    Path opt = SharedData.path("golden/public/opt");
    int channels;
    int hidden;
    int heads;
    try (ModelSource original = Checkpoint.open(opt)) {
      channels = original.config().positiveInt("ffn_dim", 1 << 20);
      hidden = original.config().positiveInt("hidden_size", 1 << 20);
      heads = original.config().positiveInt("num_attention_heads", 1 << 20);
    }
    narrowed(
        opt,
        new Kept(
            Optional.of(IntStream.range(1, heads).boxed().toList()), Optional.of(even(channels))),
        "model.decoder.layers.2.self_attn.out_proj",
        hidden / heads,
        "model.decoder.layers.2.fc2");
  }

  /** GPT-2's queries, keys and values in one weight, which is stored the other way round. */
  @Test
  void narrowedGpt2() throws Exception {
    Path gpt2 = SharedData.path("golden/public/gpt2");
    try (var _ = TensorScope.open()) {
      var zeroed = EditedCheckpoint.read(gpt2);
      weight(zeroed, "transformer.h.1.attn.c_proj").narrow(0, 12, 12).zero_();
      Tensor inner = weight(zeroed, "transformer.h.1.mlp.c_proj");
      for (long odd = 1; odd < inner.size(0); odd += 2) {
        inner.narrow(0, odd, 1).zero_();
      }
      var kept = new Kept(Optional.of(List.of(0, 2, 3)), Optional.of(even(192)));
      try (ModelSource expected = Checkpoint.open(zeroed.write(folder));
          ModelSource edited = new Narrow(Map.of(1, kept)).on(Checkpoint.open(gpt2))) {
        assertThat(edited.info("transformer.h.1.attn.c_attn.weight").shape())
            .isEqualTo(List.of(48L, 108L));
        Tensor difference = logits(edited).sub(logits(expected)).abs().amax();
        assertThat(difference.item_double()).isLessThan(1e-4);
      }
    }
  }

  /** The first {@code gone} columns of the attention's output and every second channel go. */
  private void narrowed(Path model, Kept kept, String output, long gone, String down)
      throws Exception {
    try (var _ = TensorScope.open()) {
      var zeroed = EditedCheckpoint.read(model);
      int block = 2;
      String own = "layers.2.";
      if (!zeroed.tensors().containsKey(output + ".weight")) {
        block = 1;
        own = "layers.1.";
      }
      Tensor attention = weight(zeroed, output.replace("layers.2.", own));
      attention.narrow(1, 0, gone).zero_();
      Tensor inner = weight(zeroed, down.replace("layers.2.", own));
      for (long odd = 1; odd < inner.size(1); odd += 2) {
        inner.narrow(1, odd, 1).zero_();
      }
      var edit = new Narrow(Map.of(block, kept));
      try (ModelSource expected = Checkpoint.open(zeroed.write(folder));
          ModelSource edited = edit.on(Checkpoint.open(model))) {
        Tensor difference = logits(edited).sub(logits(expected)).abs().amax();
        assertThat(difference.item_double()).isLessThan(1e-4);
        assertThat(edited.names()).hasSameSizeAs(expected.names());
        partsAreTheWhole(edited, output.replace("layers.2.", own) + ".weight");
      }
    }
  }

  private static Tensor weight(EditedCheckpoint checkpoint, String name) {
    Tensor tensor = checkpoint.tensors().get(name + ".weight");
    assertThat(tensor).as(name).isNotNull();
    return tensor;
  }

  private static List<Integer> even(int count) {
    return IntStream.range(0, count).filter(i -> i % 2 == 0).boxed().toList();
  }

  /** Read from anywhere, in any number of bytes. */
  private static void partsAreTheWhole(WeightSource source, String name) throws Exception {
    try (var arena = Arena.ofConfined()) {
      MemorySegment whole = source.bytes(name, arena);
      for (long from = 0; from < whole.byteSize(); from += 1001) {
        MemorySegment part = arena.allocate(Math.min(1001, whole.byteSize() - from));
        source.read(name, from, part);
        assertThat(part.mismatch(whole.asSlice(from, part.byteSize()))).isEqualTo(-1);
      }
    }
  }

  @Test
  void keptNumbersMustBeThere() throws Exception {
    try (ModelSource original = Checkpoint.open(MODEL)) {
      for (List<Integer> wrong : List.of(List.of(2), List.of(1, 0), List.<Integer>of())) {
        var edit = new Narrow(Map.of(0, new Kept(Optional.of(wrong), Optional.empty())));
        assertThatThrownBy(() -> edit.on(original))
            .isInstanceOf(InputException.class)
            .hasMessageContaining("narrowing block 0");
      }
    }
  }

  @Test
  void replacedTensorsAreRead() throws Exception {
    String name = "model.layers.1.mlp.up_proj.weight";
    try (var _ = TensorScope.open()) {
      var changed = EditedCheckpoint.read(MODEL);
      Tensor twice = weight(changed, "model.layers.1.mlp.up_proj");
      twice.add_(twice.clone());
      Path file = folder.resolve("healed.safetensors");
      var info = new TensorInfo(name, Dtype.F32, List.of(twice.size(0), twice.size(1)));
      try (var writer = new SafetensorsWriter(file, List.of(info), Map.of())) {
        writer.write(name, twice);
        writer.finish();
      }
      try (ModelSource expected = Checkpoint.open(changed.write(folder));
          ModelSource edited = new Replaced(Map.of(name, file)).on(Checkpoint.open(MODEL))) {
        assertThat(logits(edited).equal(logits(expected))).isTrue();
        assertThat(edited.digests()).containsKey("edit 1: replaced by healed.safetensors");
        assertThat(edited.file(name)).isEqualTo(file);
      }
      try (ModelSource original = Checkpoint.open(MODEL)) {
        var misplaced = new Replaced(Map.of("model.norm.weight", file));
        assertThatThrownBy(() -> misplaced.on(original))
            .isInstanceOf(InputException.class)
            .hasMessageContaining("it is to replace one of shape [128], but is not there");
      }
    }
  }

  /**
   * One edit after another, written: the file computes what the view does. Compressed as a view and
   * from that file, the weights are the same to the byte, and can be read back.
   */
  @Test
  void writtenAndCompressedAndReadBack() throws Exception {
    List<Edit> edits =
        List.of(
            new Narrow(Map.of(3, new Kept(Optional.of(List.of(0)), Optional.of(even(352))))),
            new DropBlocks(1, 1));
    Path written = folder.resolve("written");
    try (var _ = TensorScope.open();
        ModelSource edited = Edit.all(edits, Checkpoint.open(MODEL))) {
      try (OutputFolder output = OutputFolder.create(written, false)) {
        PlainOutput.write(edited, output, 1 << 20);
        output.commit();
      }
      assertThat(written.resolve("model.safetensors.index.json")).exists();
      assertThat(written.resolve("tokenizer.json")).exists();
      try (ModelSource read = Checkpoint.open(written)) {
        assertThat(logits(read).equal(logits(edited))).isTrue();
        var widths = read.config().object("compression").object("widths").object("2");
        assertThat(widths.tree().toString()).isEqualTo("{\"heads\":1,\"channels\":176}");
      }
    }
    var settings =
        Compression.of(MODEL)
            .method("svd-llm")
            .ratio(0.4)
            .samples(8)
            .length(32)
            .calibration(DEMO.resolve("calibration.txt"))
            .settings();
    Path one = folder.resolve("one");
    Path other = folder.resolve("other");
    new Compressor(MODEL, settings, _ -> Dtype.F32, _ -> {}).editing(edits).run(one, false);
    new Compressor(written, settings, _ -> Dtype.F32, _ -> {}).run(other, false);
    for (String file : List.of("model.safetensors", "config.json")) {
      assertThat(Files.mismatch(one.resolve(file), other.resolve(file))).as(file).isEqualTo(-1);
    }
    try (var _ = TensorScope.open();
        ModelSource read = Checkpoint.open(one)) {
      assertThat(read.compression()).isPresent();
      assertThat(Architecture.of(read).decoder().tensors(2).map(tensor -> tensor.expectation()))
          .contains("[compression.widths.2.channels=176, hidden_size=128]");
      assertThat(logits(read).isfinite().all().item_bool()).isTrue();
      assertThatThrownBy(() -> new DropBlocks(0, 1).on(read))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("edit the original model");
    }
  }

  private static Tensor tokens() {
    try (var arena = Arena.ofConfined()) {
      var segment = arena.allocateFrom(ValueLayout.JAVA_LONG, TOKENS);
      return NativeMemory.tensor(segment, Dtype.I64, 1, TOKENS.length).clone();
    }
  }

  private static Tensor logits(ModelSource source) throws Exception {
    try (var scope = TensorScope.open();
        CausalModel model =
            CausalModel.load(Architecture.of(source), WeightLoader.of(source, Dtype.F32))) {
      return scope.keep(model.logits(tokens()).clone());
    }
  }
}
