package io.compot;

import java.util.List;

/**
 * A piece of an answer as it comes.
 *
 * @param choice which of several answers, from 0
 * @param text whole characters; may be empty, while a character or a stop text is incomplete
 * @param scores of the tokens that came, where probabilities were asked for
 */
public record GenerationPiece(int choice, String text, List<TokenScore> scores) {}
