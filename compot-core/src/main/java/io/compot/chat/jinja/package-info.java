/**
 * The part of Jinja2 that chat templates are written in, as Python's Jinja 3.1 renders it in its
 * immutable sandbox with {@code trim_blocks} and {@code lstrip_blocks}: a lexer, a parser, Python's
 * values and their operations, filters, tests, and a renderer with limits, since templates come
 * from anywhere.
 */
@NullMarked
package io.compot.chat.jinja;

import org.jspecify.annotations.NullMarked;
