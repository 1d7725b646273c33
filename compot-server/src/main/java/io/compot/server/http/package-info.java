/** Requests and answers over HTTP, by Netty: what comes in, what goes out, who has gone away. */
@NullMarked
package io.compot.server.http;

import org.jspecify.annotations.NullMarked;
