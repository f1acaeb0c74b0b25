package dev.memoryproxy.auth;

import dev.memoryproxy.config.ConfigException;
import dev.memoryproxy.config.Secret;
import dev.memoryproxy.config.ServiceConfig.TokenAuth;
import dev.memoryproxy.config.TokenFile;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tokens of the settings and of a file that may change. The file is read again and again, small as
 * it is, and compared with what was read before: that finds every change, whether it was written in
 * place, replaced or reached through a link that was turned, within what a time stamp can tell
 * apart too. What it says counts from the next request on.
 *
 * <p>A file that can't be used leaves the tokens as they were, and the log says why, once for each
 * reason.
 */
final class WatchedTokens implements TokenVerifier {
  static final Duration INTERVAL = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(WatchedTokens.class);

  private final Vertx vertx;
  private final List<Secret> tokens;
  private final Path path;
  private final long intervalMillis;
  private volatile StaticTokens current;

  /** Held while looking, which may take its time; guards the two below. */
  private final Object looking = new Object();

  /** Of the file whose tokens are accepted. */
  private String version;

  private String complaint = "";

  /** Guarded by this object, as the two below are. */
  private boolean closed;

  private long timer;
  private Future<Void> lookUnderWay = Future.succeededFuture();

  /**
   * Starts with what was read at start, and looks again after the interval.
   *
   * @param config has a file
   */
  WatchedTokens(Vertx vertx, TokenAuth config, Duration interval) {
    TokenFile file = config.file().orElseThrow();
    this.vertx = vertx;
    this.tokens = config.tokens();
    this.path = file.path();
    this.intervalMillis = interval.toMillis();
    this.version = file.version();
    this.current = new StaticTokens(tokens, file.entries());
    report("tokens were read", file.entries().size());
    lookLater();
  }

  @Override
  public Future<Verdict> verify(Secret token) {
    return current.verify(token);
  }

  private synchronized void lookLater() {
    if (!closed) {
      timer = vertx.setTimer(intervalMillis, fired -> lookAgain());
    }
  }

  private synchronized void lookAgain() {
    if (!closed) {
      lookUnderWay = look().onComplete(done -> lookLater());
    }
  }

  /** Looks once, on a worker thread; never fails. */
  Future<Void> look() {
    return vertx.executeBlocking(
        () -> {
          lookNow();
          return null;
        });
  }

  private void lookNow() {
    synchronized (looking) {
      try {
        take(TokenFile.read(path));
      } catch (ConfigException e) {
        complain(String.join(" ", e.problems()));
      } catch (RuntimeException e) {
        complain(e.getClass().getSimpleName());
      }
    }
  }

  private void take(Buffer content) {
    if (!TokenFile.version(content).equals(version)) {
      TokenFile file = TokenFile.parse(path, content, tokens);
      version = file.version();
      current = new StaticTokens(tokens, file.entries());
      report("tokens were read", file.entries().size());
    } else if (!complaint.isEmpty()) {
      report("the file of tokens is as it was before", current.size() - tokens.size());
    }
    complaint = "";
  }

  private void report(String what, int entries) {
    LOG.atInfo().addKeyValue("file", path).addKeyValue("tokens", entries).log(what);
  }

  private void complain(String problem) {
    if (!problem.equals(complaint)) {
      complaint = problem;
      LOG.atError()
          .addKeyValue("file", path)
          .addKeyValue("problem", problem)
          .log("the file of tokens cannot be used; those it listed before stay accepted");
    }
  }

  /** Looks no more; completes when a look that is under way has ended. */
  @Override
  public synchronized Future<Void> close() {
    closed = true;
    vertx.cancelTimer(timer);
    return lookUnderWay;
  }
}
