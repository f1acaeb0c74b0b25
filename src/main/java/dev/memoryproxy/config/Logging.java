package dev.memoryproxy.config;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
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

  /** Sets level and format of everything that is logged from now on. */
  public static void configure(Level level, LogFormat format) {
    configure(level, format, ConsoleTarget.SystemOut);
  }

  /** The same for a command whose standard output is its result: the log goes to standard error. */
  public static void configureForCommand(Level level, LogFormat format) {
    configure(level, format, ConsoleTarget.SystemErr);
  }

  private static void configure(Level level, LogFormat format, ConsoleTarget target) {
    install((LoggerContext) LoggerFactory.getILoggerFactory(), level, format, target);
    if (!SLF4JBridgeHandler.isInstalled()) {
      SLF4JBridgeHandler.removeHandlersForRootLogger();
      SLF4JBridgeHandler.install();
    }
    java.util.logging.Logger.getLogger("").setLevel(julLevel(level));
  }

  static void install(LoggerContext context, Level level, LogFormat format, ConsoleTarget target) {
    Encoder<ILoggingEvent> encoder =
        format == LogFormat.JSON ? new JsonLogEncoder() : new TextLogEncoder();
    encoder.setContext(context);
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setName(APPENDER);
    appender.setEncoder(encoder);
    appender.setTarget(target.getName());
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
