package dev.memoryproxy.auth;

import dev.memoryproxy.blob.TimeSource;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says that the auth service fails, at once and then now and again, and when it is back. */
final class OutageLog {
  private static final Logger LOG = LoggerFactory.getLogger(OutageLog.class);
  private static final long PERIOD_NANOS = Duration.ofSeconds(10).toNanos();

  private final String url;
  private final TimeSource clock;
  private boolean down;
  private boolean told;
  private long lastLine;
  private long untold;

  OutageLog(String url, TimeSource clock) {
    this.url = url;
    this.clock = clock;
  }

  /**
   * Counts a failure.
   *
   * @param reason holds neither token nor answer
   */
  synchronized void failed(String reason) {
    long now = clock.monotonicNanos();
    if (told && now - lastLine < PERIOD_NANOS) {
      untold++;
      return;
    }
    LOG.atWarn()
        .addKeyValue("url", url)
        .addKeyValue("reason", reason)
        .addKeyValue("untold", untold)
        .log("authentication service unavailable");
    down = true;
    told = true;
    lastLine = now;
    untold = 0;
  }

  /** Ends the outage, if there was one that the log knows of. */
  synchronized void worked() {
    if (down) {
      LOG.atInfo()
          .addKeyValue("url", url)
          .addKeyValue("untold", untold)
          .log("authentication service available again");
      down = false;
      untold = 0;
    }
  }
}
