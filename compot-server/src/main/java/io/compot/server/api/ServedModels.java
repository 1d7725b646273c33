package io.compot.server.api;

import io.compot.error.Shown;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The models of a server.
 *
 * @param all at least one; the first answers who names none
 */
public record ServedModels(List<ServedModel> all) {

  public ServedModels {
    all = List.copyOf(all);
    if (all.isEmpty()) {
      throw new IllegalArgumentException("no model");
    }
  }

  /** All of them, as {@code /v1/models} tells. */
  public Map<String, Object> list() {
    Map<String, Object> list = new LinkedHashMap<>();
    list.put("object", "list");
    list.put("data", all.stream().map(ServedModel::entry).toList());
    return list;
  }

  /**
   * The model of a name.
   *
   * @throws ApiException where there is none
   */
  public ServedModel named(String id) throws ApiException {
    return all.stream()
        .filter(model -> model.id().equals(id))
        .findFirst()
        .orElseThrow(() ->
            ApiException.notFound(
                "model_not_found",
                "The model '%s' does not exist; there is %s"
                    .formatted(
                        Shown.of(id),
                        String.join(", ", all.stream().map(ServedModel::id).toList()))));
  }

  /** The model that a request is for. */
  ServedModel of(Fields fields) throws ApiException {
    Optional<String> name = fields.text("model");
    return name.isEmpty() || name.get().isEmpty() ? all.getFirst() : named(name.get());
  }
}
