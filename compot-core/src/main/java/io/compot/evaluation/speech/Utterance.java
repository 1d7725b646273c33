package io.compot.evaluation.speech;

import java.nio.file.Path;

/**
 * Something that was said.
 *
 * @param name of it in its set
 * @param audio WAV or FLAC
 * @param text what was said
 */
public record Utterance(String name, Path audio, String text) {}
