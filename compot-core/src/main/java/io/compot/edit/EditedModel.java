package io.compot.edit;

import io.compot.checkpoint.CompressionSection;
import io.compot.checkpoint.ModelSource;
import io.compot.checkpoint.SideFiles;
import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.model.Architecture;
import io.compot.safetensors.TensorInfo;
import io.compot.text.ConfigFile;
import io.compot.tokenizer.TextTokenizer;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * A view of a model: tensors under other names, narrower or from elsewhere, and a configuration
 * that says so.
 */
final class EditedModel implements ModelSource {

  private final ModelSource model;
  private final ConfigFile config;
  private final Map<String, TensorView> tensors;
  private final Map<String, String> notes;
  private final List<Runnable> closed;

  private EditedModel(Builder builder, ConfigFile config) {
    this.model = builder.model;
    this.config = config;
    this.tensors = Collections.unmodifiableMap(new TreeMap<>(builder.tensors));
    this.notes = new LinkedHashMap<>(builder.notes);
    this.closed = List.copyOf(builder.closed);
  }

  /** The structure of a model that can be edited; one whose weights are packed cannot. */
  static Architecture dense(ModelSource model) throws InputException {
    if (model.compression().isPresent()) {
      throw InputException.in(
          model.folder(),
          "the weights are compressed already, and cannot be edited",
          "edit the original model, then compress it");
    }
    return Architecture.of(model);
  }

  /** Begins with everything as it is. */
  static final class Builder {

    private final ModelSource model;
    private final Map<String, TensorView> tensors = new TreeMap<>();
    private final Map<String, String> notes = new LinkedHashMap<>();
    private final List<Runnable> closed = new ArrayList<>();
    private ObjectNode config;

    Builder(ModelSource model) {
      this.model = model;
      this.config = model.config().tree();
      model.names().forEach(name -> tensors.put(name, new TensorView(model, name)));
    }

    Builder put(String name, TensorView tensor) {
      tensors.put(name, tensor);
      return this;
    }

    Builder remove(String name) {
      tensors.remove(name);
      return this;
    }

    Builder config(ObjectNode fields) {
      config = fields;
      return this;
    }

    /** Says what changes, to those who ask for digests. */
    Builder note(String what, String how) {
      notes.put(what, how);
      return this;
    }

    /** Does something when the view is closed. */
    Builder closing(Runnable last) {
      closed.add(last);
      return this;
    }

    ModelSource build() {
      return new EditedModel(this, ConfigFile.of(model.config().file(), config));
    }
  }

  @Override
  public Path folder() {
    return model.folder();
  }

  @Override
  public ConfigFile config() {
    return config;
  }

  @Override
  public Optional<CompressionSection> compression() {
    return model.compression();
  }

  @Override
  public boolean hasTokenizer() {
    return model.hasTokenizer();
  }

  @Override
  public TextTokenizer tokenizer() throws InputException {
    return model.tokenizer();
  }

  @Override
  public SideFiles sideFiles() {
    return model.sideFiles();
  }

  /** Those of the model, and what the edit is, after those of earlier edits. */
  @Override
  public Map<String, String> digests() throws InputException {
    var digests = new LinkedHashMap<>(model.digests());
    long edits = digests.keySet().stream().filter(name -> name.startsWith("edit ")).count();
    notes.forEach((what, how) -> digests.put("edit %d: %s".formatted(edits + 1, what), how));
    return digests;
  }

  @Override
  public Set<String> names() {
    return tensors.keySet();
  }

  @Override
  public boolean has(String name) {
    return tensors.containsKey(name);
  }

  @Override
  public TensorInfo info(String name) throws InputException {
    return view(name).info(name);
  }

  @Override
  public Path file(String name) throws InputException {
    TensorView view = view(name);
    return view.source().file(view.name());
  }

  @Override
  public void read(String name, long from, MemorySegment into) throws InputException {
    view(name).read(from, into);
  }

  @Override
  public void close() {
    closed.forEach(Runnable::run);
    model.close();
  }

  private TensorView view(String name) throws InputException {
    TensorView view = tensors.get(name);
    if (view == null) {
      throw InputException.in(
          model.folder(),
          "tensor " + Shown.of(name),
          "there is no tensor of this name in the edited model",
          "the edits do not fit each other");
    }
    return view;
  }
}
