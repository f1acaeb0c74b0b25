package dev.memoryproxy.auth;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.config.ServiceConfig.Auth;
import dev.memoryproxy.config.ServiceConfig.HeareAuth;
import dev.memoryproxy.config.ServiceConfig.TokenAuth;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The configured way to know callers. Create one for the process and share it. */
public final class Authentication {
  private static final Logger LOG = LoggerFactory.getLogger(Authentication.class);
  private static final Principal ANYONE = new Principal("", "", Access.EVERYTHING);

  private final Optional<TokenVerifier> verifier;

  private Authentication(Optional<TokenVerifier> verifier) {
    this.verifier = verifier;
  }

  /** Assembles it; calls nobody yet. Whoever creates it closes it. */
  public static Authentication create(Vertx vertx, Auth config, TimeSource clock) {
    if (config instanceof HeareAuth heare) {
      return new Authentication(
          Optional.of(
              new CachingVerifier(
                  new HeareAuthVerifier(vertx, heare, HeareAuthVerifier.TIMEOUT, clock), clock)));
    }
    if (config instanceof TokenAuth tokens) {
      return new Authentication(Optional.of(verifier(vertx, tokens)));
    }
    LOG.warn("AUTH is none: every request is accepted; only this machine can reach the service");
    return new Authentication(Optional.empty());
  }

  private static TokenVerifier verifier(Vertx vertx, TokenAuth tokens) {
    return tokens.file().isPresent()
        ? new WatchedTokens(vertx, tokens, WatchedTokens.INTERVAL)
        : new StaticTokens(tokens.tokens(), List.of());
  }

  /** For the routes that need a caller; thread-safe. */
  public Handler<RoutingContext> handler() {
    return verifier
        .<Handler<RoutingContext>>map(AuthHandler::new)
        .orElseGet(() -> AuthHandler.everyoneIs(ANYONE));
  }

  /** Closes connections and timers; call it after the last request. */
  public Future<Void> close() {
    return verifier.map(TokenVerifier::close).orElseGet(Future::succeededFuture);
  }
}
