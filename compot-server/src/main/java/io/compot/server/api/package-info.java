/** OpenAI's protocol: requests read from plain values, answers written as such. */
@NullMarked
package io.compot.server.api;

import org.jspecify.annotations.NullMarked;
