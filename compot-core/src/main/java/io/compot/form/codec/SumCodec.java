package io.compot.form.codec;

import io.compot.error.InputException;
import io.compot.form.DenseForm;
import io.compot.form.Form;
import io.compot.form.LowRankForm;
import io.compot.form.Packed;
import io.compot.form.SumForm;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.text.ConfigFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** A base and the rest: the tensors of both side by side, whose names differ. */
final class SumCodec implements FormCodec<SumForm> {

  private static final String BASE = "base";
  private static final String REST = "rest";

  private final FormCodec<DenseForm> base = new DenseCodec();
  private final FormCodec<LowRankForm> rest = new LowRankCodec();

  @Override
  public String id() {
    return "sum";
  }

  @Override
  public Class<SumForm> type() {
    return SumForm.class;
  }

  @Override
  public List<String> markers() {
    return rest.markers();
  }

  @Override
  public List<TensorInfo> parts(SumForm form, long in, long out) {
    return Stream.concat(
            base.parts(form.base(), in, out).stream(), rest.parts(form.rest(), in, out).stream())
        .toList();
  }

  @Override
  public Tensor dense(SumForm form, Packed packed, Dtype computation) {
    try (var scope = TensorScope.open()) {
      return scope.keep(
          base.dense(form.base(), packed, computation)
              .add(rest.dense(form.rest(), packed, computation)));
    }
  }

  @Override
  public Product product(SumForm form, Packed packed, Dtype computation) {
    return new SumProduct(
        base.product(form.base(), packed, computation),
        rest.product(form.rest(), packed, computation));
  }

  @Override
  public void write(SumForm form, SequencedMap<String, Object> fields) {
    fields.put(BASE, written(base, form.base()));
    fields.put(REST, written(rest, form.rest()));
  }

  private static <F extends Form> SequencedMap<String, Object> written(FormCodec<F> codec, F form) {
    SequencedMap<String, Object> fields = new LinkedHashMap<>();
    codec.write(form, fields);
    return fields;
  }

  @Override
  public SumForm read(ConfigFile fields) throws InputException {
    return new SumForm(base.read(fields.object(BASE)), rest.read(fields.object(REST)));
  }

  @Override
  public SequencedMap<String, Long> facts(SumForm form) {
    return rest.facts(form.rest());
  }
}
