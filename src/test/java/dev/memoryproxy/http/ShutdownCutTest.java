package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** What the log says of a request that a stop does not wait for. */
class ShutdownCutTest {
  @RegisterExtension
  final EdgeServer edge =
      new EdgeServer(1, settings -> settings.withShutdownGrace(Duration.ofMillis(200)));

  private final Logger root = (Logger) LoggerFactory.getLogger("dev.memoryproxy");
  private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

  @BeforeEach
  void listen() {
    appender.list = new CopyOnWriteArrayList<>();
    appender.start();
    root.addAppender(appender);
  }

  @AfterEach
  void stopListening() {
    root.detachAppender(appender);
  }

  private List<String> lines() {
    return appender.list.stream()
        .map(
            event ->
                event.getLevel() + " " + event.getFormattedMessage() + event.getKeyValuePairs())
        .toList();
  }

  private void awaitLine() throws InterruptedException {
    for (int i = 0; i < 2_000 && lines().isEmpty(); i++) {
      Thread.sleep(5);
    }
  }

  @Test
  void uploadThatOutlastsTheGraceIsSaidToBeCutOff() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    edge.storage.before =
        call -> {
          asked.countDown();
          return Future.succeededFuture();
        };
    RawClient client = edge.connect();
    client.write(
        RawClient.request("PUT", "/blob/a", "", "Content-MD5: new", "Content-Length: 100000")
            + "abc");
    assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();

    edge.undeploy();

    awaitLine();
    assertThat(lines())
        .singleElement()
        .asString()
        .startsWith("WARN ")
        .contains("499", "cut_off=\"shutdown\"");
  }

  @Test
  void clientThatLeavesIsNotCutOff() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    edge.storage.before =
        call -> {
          asked.countDown();
          return Future.succeededFuture();
        };
    RawClient client = edge.connect();
    client.write(
        RawClient.request("PUT", "/blob/a", "", "Content-MD5: new", "Content-Length: 100000")
            + "abc");
    assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
    client.close();
    awaitLine();

    edge.undeploy();

    assertThat(lines()).singleElement().asString().startsWith("INFO ").doesNotContain("cut_off");
  }
}
