package dev.memoryproxy.config;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.encoder.Encoder;
import java.io.OutputStream;
import java.time.Duration;

/** Encodes events where they are logged and has them written elsewhere: see {@link LineWriter}. */
final class LineAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
  private final Encoder<ILoggingEvent> encoder;
  private final LineWriter writer;

  LineAppender(LoggerContext context, Encoder<ILoggingEvent> encoder, OutputStream output) {
    this.encoder = encoder;
    this.writer = new LineWriter(output, lost -> encoder.encode(loss(context, lost)));
    setContext(context);
  }

  private static ILoggingEvent loss(LoggerContext context, long lost) {
    return new LoggingEvent(
        LineAppender.class.getName(),
        context.getLogger(LineWriter.class),
        Level.WARN,
        lost + " lines before this one were lost, because the output of the log took none",
        null,
        null);
  }

  @Override
  protected void append(ILoggingEvent event) {
    writer.add(encoder.encode(event), event.getLevel().isGreaterOrEqual(Level.WARN));
  }

  void flush(Duration limit) {
    writer.flush(limit);
  }

  @Override
  public void stop() {
    super.stop();
    writer.close();
  }
}
