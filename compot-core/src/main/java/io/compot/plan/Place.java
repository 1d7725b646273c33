package io.compot.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.compot.model.Projection;
import org.jspecify.annotations.Nullable;

/**
 * Where a projection stands in its model, as its family says.
 *
 * @param name checkpoint name without {@code .weight}
 * @param stack of blocks: decoder, encoder, …
 * @param block number in the stack
 * @param kind what it does there
 * @param expert number; null where it serves all tokens
 */
public record Place(
    String name,
    String stack,
    int block,
    String kind,
    @Nullable @JsonInclude(JsonInclude.Include.NON_NULL) Integer expert) {

  static Place of(Projection projection) {
    var expert = projection.expert();
    return new Place(
        projection.name(),
        projection.stack(),
        projection.block(),
        projection.kind(),
        expert.isPresent() ? expert.getAsInt() : null);
  }
}
