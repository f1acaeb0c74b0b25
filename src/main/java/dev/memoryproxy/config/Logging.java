package dev.memoryproxy.config;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
import java.time.Duration;
import java.util.List;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import org.slf4j.event.Level;

/**
 * The log, on standard output unless said otherwise: ours, Vert.x's, Netty's, the AWS SDK's and the
 * JDK's.
 */
public final class Logging {
  private static final String APPENDER = "console";

  /**
   * Whose DEBUG shows requests as they go over the wire, with the headers that carry credentials:
   * they stay at INFO, whatever is asked for.
   */
  private static final List<String> WIRE_LOGGERS = List.of("software.amazon", "io.netty");

  private Logging() {}

  /**
   * Sets level and format of everything that is logged from now on. It reaches standard output a
   * moment later: whoever ends the process calls {@link #flush} first.
   */
  public static void configure(Level level, LogFormat format) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    configure(
        context,
        level,
        new LineAppender(context, encoder(context, format), ConsoleTarget.SystemOut.getStream()));
  }

  /**
   * The same for a command whose standard output is its result: the log goes to standard error, at
   * once.
   */
  public static void configureForCommand(Level level, LogFormat format) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    configure(context, level, direct(context, format, ConsoleTarget.SystemErr));
  }

  /** What is logged before the settings are known goes to standard output at once. */
  static void installDefault(LoggerContext context) {
    install(context, Level.INFO, direct(context, LogFormat.TEXT, ConsoleTarget.SystemOut));
  }

  private static Appender<ILoggingEvent> direct(
      LoggerContext context, LogFormat format, ConsoleTarget target) {
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setEncoder(encoder(context, format));
    appender.setTarget(target.getName());
    return appender;
  }

  /** Waits until everything that was logged is written, for two seconds at most. */
  public static void flush() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    if (context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender(APPENDER)
        instanceof LineAppender lines) {
      lines.flush(Duration.ofSeconds(2));
    }
  }

  private static void configure(
      LoggerContext context, Level level, Appender<ILoggingEvent> appender) {
    install(context, level, appender);
    if (!SLF4JBridgeHandler.isInstalled()) {
      SLF4JBridgeHandler.removeHandlersForRootLogger();
      SLF4JBridgeHandler.install();
    }
    java.util.logging.Logger.getLogger("").setLevel(julLevel(level));
  }

  private static Encoder<ILoggingEvent> encoder(LoggerContext context, LogFormat format) {
    Encoder<ILoggingEvent> encoder =
        format == LogFormat.JSON ? new JsonLogEncoder() : new TextLogEncoder();
    encoder.setContext(context);
    encoder.start();
    return encoder;
  }

  private static void install(
      LoggerContext context, Level level, Appender<ILoggingEvent> appender) {
    appender.setName(APPENDER);
    appender.start();
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    Appender<ILoggingEvent> previous = root.getAppender(APPENDER);
    if (previous != null) {
      root.detachAppender(previous);
      previous.stop();
    }
    root.addAppender(appender);
    root.setLevel(ch.qos.logback.classic.Level.convertAnSLF4JLevel(level));
    for (String name : WIRE_LOGGERS) {
      boolean tooFine = level.toInt() < Level.INFO.toInt();
      context.getLogger(name).setLevel(tooFine ? ch.qos.logback.classic.Level.INFO : null);
    }
  }

  private static java.util.logging.Level julLevel(Level level) {
    return switch (level) {
      case TRACE -> java.util.logging.Level.FINEST;
      case DEBUG -> java.util.logging.Level.FINE;
      case INFO -> java.util.logging.Level.INFO;
      case WARN -> java.util.logging.Level.WARNING;
      case ERROR -> java.util.logging.Level.SEVERE;
    };
  }
}
