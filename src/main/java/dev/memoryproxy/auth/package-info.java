/**
 * Who is calling and what for: from the bearer token to a {@link dev.memoryproxy.auth.Principal}
 * and its {@link dev.memoryproxy.auth.Access} to namespaces.
 *
 * <p>Decision: a refused token and an auth service that can't be asked are different things. The
 * first is the caller's 401 and is remembered for a moment; the second is our 503 and is never
 * remembered. What a caller may do comes with who it is and is remembered with it; where it can't
 * be read it is nothing, never everything. A token leaves this package only towards the auth
 * service.
 */
@NullMarked
package dev.memoryproxy.auth;

import org.jspecify.annotations.NullMarked;
