package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class InstancesTest {
  @RegisterExtension final EdgeServer edge = new EdgeServer(3, settings -> settings);

  @Test
  void instancesShareOnePortAndTheLoad() throws IOException {
    Set<Integer> ports = new HashSet<>();
    edge.verticles.forEach(verticle -> ports.add(verticle.actualPort()));
    assertThat(ports).hasSize(1).doesNotContain(0, -1);

    Set<String> threads = ConcurrentHashMap.newKeySet();
    edge.storage.before =
        call -> {
          threads.add(Thread.currentThread().getName());
          return Future.succeededFuture();
        };
    for (int i = 0; i < 12; i++) {
      assertThat(edge.send("GET", "/blob/a", "").status()).isEqualTo(404);
    }
    assertThat(threads).hasSizeGreaterThan(1);
  }

  @Test
  void healthIsCheckedOnceForAllInstances() throws IOException {
    for (int i = 0; i < 12; i++) {
      assertThat(edge.send("GET", "/health", "").status()).isEqualTo(200);
    }
    assertThat(edge.storage.count("check")).isEqualTo(1);
  }

  @Test
  void stopLetsRunningRequestsFinishAndTakesNoNewOnes() throws Exception {
    Promise<Void> gate = Promise.promise();
    CountDownLatch asked = new CountDownLatch(1);
    edge.storage.before =
        call -> {
          asked.countDown();
          return gate.future();
        };
    edge.storage.store("a", "finished");
    int port = edge.port();
    RawClient idle = edge.connect();
    assertThat(idle.send("GET", "/health", "").status()).isEqualTo(200);
    RawClient client = edge.connect();
    client.write(RawClient.request("GET", "/blob/a", ""));
    assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();

    List<Future<Void>> stopped = new ArrayList<>();
    for (String deployment : edge.vertx().deploymentIDs()) {
      stopped.add(edge.vertx().undeploy(deployment));
    }
    assertThat(idle.drain()).isEmpty();
    assertThat(stopped.get(0).isComplete()).isFalse();
    gate.complete();
    RawResponse response = client.read(false);
    assertThat(response.body()).isEqualTo("finished");
    // Whether the answer announces it depends on whether its event loop had heard of the stop yet.
    assertThat(client.drain()).isEmpty();
    Future.all(stopped).await(20, TimeUnit.SECONDS);

    assertThatThrownBy(() -> new RawClient(port)).isInstanceOf(IOException.class);
    try (var files = Files.list(edge.spoolDirectory())) {
      assertThat(files).isEmpty();
    }
  }
}
