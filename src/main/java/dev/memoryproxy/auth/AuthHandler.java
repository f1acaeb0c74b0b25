package dev.memoryproxy.auth;

import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.config.Secret;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;

/**
 * Lets a request pass whose bearer token is good. Fails the routing context with a {@link
 * ProxyError} otherwise: {@code UNAUTHENTICATED} or {@code AUTH_UNAVAILABLE}.
 *
 * <p>A request with a body must come paused, so that nothing of it gets lost while the verdict is
 * awaited. It stays so: whoever reads the body resumes it, and nobody before. A client that has
 * left meanwhile ends the matter: no further handler runs.
 */
public final class AuthHandler implements Handler<RoutingContext> {
  private static final String PRINCIPAL = Principal.class.getName();

  private final TokenVerifier verifier;

  /** One for all routers: it has no state of its own. */
  public AuthHandler(TokenVerifier verifier) {
    this.verifier = verifier;
  }

  /** Whoever sent a request; empty before authentication. */
  public static Optional<Principal> principal(RoutingContext ctx) {
    return Optional.ofNullable(ctx.get(PRINCIPAL));
  }

  /** Lets a request pass, as this principal's. */
  public static void pass(RoutingContext ctx, Principal principal) {
    ctx.put(PRINCIPAL, principal).next();
  }

  /** Lets every request pass, as this principal's. */
  static Handler<RoutingContext> everyoneIs(Principal principal) {
    return ctx -> pass(ctx, principal);
  }

  @Override
  public void handle(RoutingContext ctx) {
    Secret token;
    try {
      token = BearerToken.of(ctx.request().headers());
    } catch (ProxyError e) {
      ctx.fail(e);
      return;
    }
    Future<Verdict> verdict = verifier.verify(token);
    if (verdict.isComplete()) {
      conclude(ctx, verdict);
      return;
    }
    verdict.onComplete(
        done -> {
          if (!ctx.response().closed()) {
            conclude(ctx, verdict);
          }
        });
  }

  private static void conclude(RoutingContext ctx, Future<Verdict> verdict) {
    if (verdict.failed()) {
      ctx.fail(verdict.cause());
    } else if (verdict.result() instanceof Verdict.Accepted accepted) {
      pass(ctx, accepted.principal());
    } else {
      ctx.fail(
          new ProxyError(
              ProxyError.Kind.UNAUTHENTICATED,
              "The token is not valid here, or no longer: send one that is."));
    }
  }
}
