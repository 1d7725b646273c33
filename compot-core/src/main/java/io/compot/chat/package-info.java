/**
 * Conversations: messages and tools as JSON, the template that makes a prompt of them, and the
 * prompt's tokens.
 */
@NullMarked
package io.compot.chat;

import org.jspecify.annotations.NullMarked;
