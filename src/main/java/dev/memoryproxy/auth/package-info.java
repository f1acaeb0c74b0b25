/**
 * Who is calling: from the bearer token to a {@link dev.memoryproxy.auth.Principal}.
 *
 * <p>Decision: a refused token and an auth service that can't be asked are different things. The
 * first is the caller's 401 and is remembered for a moment; the second is our 503 and is never
 * remembered. A token leaves this package only towards the auth service.
 */
@NullMarked
package dev.memoryproxy.auth;

import org.jspecify.annotations.NullMarked;
