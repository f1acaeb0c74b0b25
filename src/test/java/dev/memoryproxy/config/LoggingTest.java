package dev.memoryproxy.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LoggingTest {
  private static final Logger LOG = LoggerFactory.getLogger("dev.memoryproxy.somewhere.Thing");

  @AfterEach
  void restore() {
    Logging.configure(org.slf4j.event.Level.INFO, LogFormat.TEXT);
  }

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }

  private static ch.qos.logback.classic.Logger root() {
    return context().getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  private static List<ILoggingEvent> eventsOf(Runnable action) {
    ListAppender<ILoggingEvent> all = new ListAppender<>();
    all.start();
    root().addAppender(all);
    try {
      action.run();
    } finally {
      root().detachAppender(all);
    }
    return all.list;
  }

  private static String encoded(Encoder<ILoggingEvent> encoder, Consumer<Logger> action) {
    StringBuilder out = new StringBuilder();
    for (ILoggingEvent event : eventsOf(() -> action.accept(LOG))) {
      out.append(new String(encoder.encode(event), StandardCharsets.UTF_8));
    }
    return out.toString();
  }

  private static String text(Consumer<Logger> action) {
    return encoded(new TextLogEncoder(), action);
  }

  private static JsonObject json(Consumer<Logger> action) {
    String line = encoded(new JsonLogEncoder(), action);
    assertThat(line).endsWith("}\n").containsOnlyOnce("\n");
    return new JsonObject(line);
  }

  @Test
  void textIsOneLineWithTimeLevelLoggerMessageAndPairs() {
    String line =
        text(
            log ->
                log.atInfo()
                    .addKeyValue("status", 200)
                    .addKeyValue("path", "/blob/a b")
                    .addKeyValue("empty", "")
                    .addKeyValue("none", (Object) null)
                    .addKeyValue("quoted", "say \"hi\\\"")
                    .log("answered {}", "GET"));

    assertThat(line)
        .matches(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO  Thing answered GET"
                + " status=200 path=\"/blob/a b\" empty=\"\" none=null"
                + " quoted=\"say \\\\\"hi\\\\\\\\\\\\\"\"\n");
  }

  @Test
  void nobodyCanForgeALine() {
    String forged = "x\n2026-01-01T00:00:00.000Z INFO  Main started\r\u2028\u001b[31m";

    String line =
        text(
            log ->
                log.atWarn()
                    .addKeyValue("k", forged)
                    .setCause(new IOException(forged))
                    .log("m " + forged));

    assertThat(line).endsWith("\n").containsOnlyOnce("\n");
    assertThat(line.strip().chars()).noneMatch(c -> c < ' ' || c == 0x2028);
  }

  @Test
  void aWarningShowsCausesOnItsLine() {
    Exception failure = new IllegalStateException("outer", new IOException("inner"));

    String line = text(log -> log.warn("failed", failure));

    assertThat(line)
        .contains("failed exception=\"java.lang.IllegalStateException: outer at dev.memoryproxy.")
        .contains("; caused by java.io.IOException: inner at ")
        .containsOnlyOnce("\n");
  }

  @Test
  void anErrorShowsItsStackTraceIndented() {
    String lines = text(log -> log.error("failed", new IOException("inner\nforged")));

    assertThat(lines.lines().skip(1)).isNotEmpty().allMatch(line -> line.startsWith("    "));
    assertThat(lines.lines().count()).isLessThan(40);
  }

  @Test
  void jsonHasPairsAsFieldsOfTheirType() {
    JsonObject line =
        json(
            log ->
                log.atWarn()
                    .addKeyValue("status", 200)
                    .addKeyValue("seconds", new BigDecimal("0.70"))
                    .addKeyValue("ok", true)
                    .addKeyValue("path", "a\n\"ä😀")
                    .addKeyValue("level", "mine")
                    .addKeyValue("none", (Object) null)
                    .setCause(new IOException("inner"))
                    .log("answered {}", "GET"));

    assertThat(line.fieldNames())
        .containsExactly(
            "timestamp",
            "level",
            "logger",
            "message",
            "exception",
            "status",
            "seconds",
            "ok",
            "path",
            "level_",
            "none");
    assertThat(line.getString("timestamp")).matches("\\d{4}-\\d\\d-\\d\\dT[\\d:]{8}\\.\\d{3}Z");
    assertThat(line.getString("level")).isEqualTo("WARN");
    assertThat(line.getString("logger")).isEqualTo("dev.memoryproxy.somewhere.Thing");
    assertThat(line.getString("message")).isEqualTo("answered GET");
    assertThat(line.getInteger("status")).isEqualTo(200);
    assertThat(line.getValue("seconds")).isEqualTo(0.7);
    assertThat(line.getBoolean("ok")).isTrue();
    assertThat(line.getString("path")).isEqualTo("a\n\"ä😀");
    assertThat(line.getString("level_")).isEqualTo("mine");
    assertThat(line.getValue("none")).isNull();
    assertThat(line.getString("exception"))
        .startsWith("java.io.IOException: inner")
        .contains("LoggingTest");
  }

  @Test
  void theLevelTakesEffectOnEverything() {
    Logging.configure(org.slf4j.event.Level.ERROR, LogFormat.TEXT);

    List<ILoggingEvent> events =
        eventsOf(
            () -> {
              for (String name : List.of("a", "io.netty.x", "software.amazon.awssdk", "io.vertx")) {
                LoggerFactory.getLogger(name).warn("hidden");
                LoggerFactory.getLogger(name).error("shown");
              }
              java.util.logging.Logger.getLogger("jdk").warning("hidden");
              java.util.logging.Logger.getLogger("jdk").severe("shown");
            });

    assertThat(events).hasSize(5).allMatch(event -> event.getMessage().equals("shown"));
  }

  @Test
  void wireLoggersStayAtInfo() {
    Logging.configure(org.slf4j.event.Level.TRACE, LogFormat.TEXT);

    assertThat(LoggerFactory.getLogger("software.amazon.awssdk.request").isDebugEnabled())
        .isFalse();
    assertThat(LoggerFactory.getLogger("software.amazon.awssdk.auth").isInfoEnabled()).isTrue();
    assertThat(LoggerFactory.getLogger("io.netty.handler.logging").isDebugEnabled()).isFalse();
    assertThat(LoggerFactory.getLogger("io.vertx.core").isTraceEnabled()).isTrue();
    assertThat(LOG.isTraceEnabled()).isTrue();
  }

  @Test
  void theLogOfTheJdkAndOfVertxArrivesHere() {
    Logging.configure(org.slf4j.event.Level.DEBUG, LogFormat.TEXT);
    io.vertx.core.internal.logging.Logger fromVertx =
        io.vertx.core.internal.logging.LoggerFactory.getLogger("v");

    List<ILoggingEvent> events =
        eventsOf(
            () -> {
              java.util.logging.Logger.getLogger("some.jdk.part").fine("from the JDK");
              System.getLogger("another.part").log(System.Logger.Level.WARNING, "from a module");
              fromVertx.warn("from Vert.x");
            });

    assertThat(events)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("from the JDK", "from a module", "from Vert.x");
    assertThat(events.get(0).getLevel()).isEqualTo(Level.DEBUG);
  }

  @Test
  void configuringTwiceLeavesOneAppender() {
    Logging.configure(org.slf4j.event.Level.INFO, LogFormat.JSON);
    Logging.configure(org.slf4j.event.Level.INFO, LogFormat.TEXT);

    assertThat(root().iteratorForAppenders()).toIterable().hasSize(1);
    assertThat(requireNonNull(root().getAppender("console")).isStarted()).isTrue();
  }
}
