package io.compot.evaluation.task;

import tools.jackson.databind.JsonNode;

/**
 * A document and the row it was made from; two are the same where their rows are.
 *
 * @param source the row's columns
 */
public record Example(JsonNode source, Document document) {}
