package dev.memoryproxy.config;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * A line an event: time, level, the logger's simple name, message, {@code key=value} pairs, and an
 * exception's causes with the place where each arose. Stack traces follow, indented, at ERROR and
 * of blocked threads only. Line breaks and other control characters from outside are escaped:
 * nobody can forge a line.
 */
final class TextLogEncoder extends EncoderBase<ILoggingEvent> {
  private static final byte[] NOTHING = {};
  private static final int MAX_CAUSES = 8;
  private static final int MAX_FRAMES = 30;

  @Override
  public byte[] encode(ILoggingEvent event) {
    StringBuilder out = new StringBuilder(256);
    String level = event.getLevel().toString();
    out.append(LogTime.format(event)).append(' ').append(level);
    out.append(" ".repeat(Math.max(1, 6 - level.length())));
    String logger = event.getLoggerName();
    out.append(logger, logger.lastIndexOf('.') + 1, logger.length()).append(' ');
    appendEscaped(out, event.getFormattedMessage(), false);
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      pairs.forEach(pair -> appendPair(out, pair.key, String.valueOf(pair.value)));
    }
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      appendPair(out, "exception", causes(thrown));
    }
    out.append('\n');
    if (thrown != null
        && (event.getLevel().isGreaterOrEqual(Level.ERROR) || tellsByFrames(event))) {
      appendFrames(out, thrown);
    }
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Of a blocked thread the frames are the news, not the message. */
  private static boolean tellsByFrames(ILoggingEvent event) {
    return event.getLoggerName().endsWith(".BlockedThreadChecker");
  }

  private static void appendPair(StringBuilder out, String key, String value) {
    out.append(' ').append(key).append('=');
    if (isPlain(value)) {
      appendEscaped(out, value, false);
    } else {
      out.append('"');
      appendEscaped(out, value, true);
      out.append('"');
    }
  }

  private static boolean isPlain(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c <= ' ' || c == '"' || c == '=') {
        return false;
      }
    }
    return !value.isEmpty();
  }

  private static void appendEscaped(StringBuilder out, String text, boolean quoted) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        out.append("\\n");
      } else if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        if (quoted && (c == '"' || c == '\\')) {
          out.append('\\');
        }
        out.append(c);
      }
    }
  }

  private static String causes(IThrowableProxy thrown) {
    StringBuilder out = new StringBuilder();
    @Nullable IThrowableProxy cause = thrown;
    for (int i = 0; cause != null && i < MAX_CAUSES && !cause.isCyclic(); i++) {
      out.append(i == 0 ? "" : "; caused by ").append(cause.getClassName());
      if (cause.getMessage() != null) {
        out.append(": ").append(cause.getMessage());
      }
      StackTraceElementProxy[] frames = cause.getStackTraceElementProxyArray();
      if (frames.length > 0) {
        out.append(' ').append(frames[0].getSTEAsString());
      }
      cause = cause.getCause();
    }
    return out.toString();
  }

  private static void appendFrames(StringBuilder out, IThrowableProxy thrown) {
    @Nullable IThrowableProxy cause = thrown;
    for (int i = 0; cause != null && i < MAX_CAUSES && !cause.isCyclic(); i++) {
      if (i > 0) {
        out.append("  caused by ").append(cause.getClassName()).append('\n');
      }
      StackTraceElementProxy[] frames = cause.getStackTraceElementProxyArray();
      int own = frames.length - cause.getCommonFrames();
      for (int frame = 0; frame < Math.min(own, MAX_FRAMES); frame++) {
        out.append("    ").append(frames[frame].getSTEAsString()).append('\n');
      }
      if (frames.length > Math.min(own, MAX_FRAMES)) {
        out.append("    ... ").append(frames.length - Math.min(own, MAX_FRAMES)).append(" more\n");
      }
      cause = cause.getCause();
    }
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }
}
