package io.compot.evaluation.request;

/**
 * What a model is asked: how likely is this continuation after this context?
 *
 * @param context all that stands before; may be empty
 * @param continuation what is scored, with the white space in front of it
 */
public record Prompt(String context, String continuation) {}
