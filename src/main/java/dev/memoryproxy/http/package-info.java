/**
 * The HTTP edge: parses and validates a request, authenticates it, calls a typed service, and puts
 * the result or the error on the wire.
 *
 * <p>Decision: routes are matched on the raw, undecoded path. A framework that normalises paths
 * turns {@code a//b}, {@code a/../b} and {@code a/%2e%2e/b} into other files; here they are
 * refused. Every answer, refusals included, leaves through {@link dev.memoryproxy.http.Exchange},
 * which owns the request id, the access line and what becomes of an unread body.
 */
@NullMarked
package dev.memoryproxy.http;

import org.jspecify.annotations.NullMarked;
