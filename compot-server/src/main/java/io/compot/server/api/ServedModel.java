package io.compot.server.api;

import io.compot.SharedModel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A model as clients know it.
 *
 * @param id its name
 * @param created when it was loaded, in seconds since 1970
 * @param bytes of its tensors
 * @param parameters numbers stored
 * @param method how it was compressed; empty where it was not
 * @param report its compression report, where there is one
 */
public record ServedModel(
    String id,
    SharedModel model,
    long created,
    long bytes,
    long parameters,
    Optional<String> method,
    Optional<Path> report) {

  /** As {@code /v1/models} tells of it. */
  public Map<String, Object> entry() {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("id", id);
    entry.put("object", "model");
    entry.put("created", created);
    entry.put("owned_by", "compot");
    entry.put("context_length", model.contextLength());
    entry.put("bytes", bytes);
    entry.put("parameters", parameters);
    entry.put("report", report.isPresent());
    method.ifPresent(name -> entry.put("compression", name));
    return entry;
  }
}
