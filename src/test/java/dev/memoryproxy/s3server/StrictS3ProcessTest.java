package dev.memoryproxy.s3server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class StrictS3ProcessTest {
  private static StrictS3Process server;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeAll
  static void start() {
    server = StrictS3Process.start(StrictS3Server.Options.DEFAULT, "64m");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @AfterEach
  void clear() {
    server.admin("DELETE", "faults", new JsonObject());
    server.admin("DELETE", "counts", new JsonObject());
  }

  @Test
  void countsAndFaultsWorkAcrossProcesses() throws Exception {
    int fault = inject(new JsonObject().put("keys", "a").put("times", 1).put("answer", 503));
    assertThat(put("a").statusCode()).isEqualTo(503);
    assertThat(put("a").statusCode()).isEqualTo(200);
    assertThat(server.requests(S3Operation.PUT)).isEqualTo(2);
    assertThat(server.admin("GET", "faults/" + fault, new JsonObject()).getInteger("hits"))
        .isEqualTo(1);
  }

  @Test
  void repliesAreDroppedOnCommand() {
    inject(new JsonObject().put("keys", "dropped").put("times", 1).put("drop", "after"));
    assertThatThrownBy(() -> put("dropped")).isInstanceOf(IOException.class);
    assertThat(server.requests(S3Operation.PUT)).isEqualTo(1);
  }

  @Test
  void gatesOpenAcrossProcesses() throws Exception {
    int fault = inject(new JsonObject().put("keys", "held").put("park", "before"));
    CompletableFuture<HttpResponse<String>> held =
        client.sendAsync(request("held"), BodyHandlers.ofString());
    while (server.admin("GET", "faults/" + fault, new JsonObject()).getInteger("parked") == 0) {
      Thread.onSpinWait();
    }
    assertThat(held).isNotDone();
    server.admin("POST", "faults/" + fault, new JsonObject());
    assertThat(held.get().statusCode()).isEqualTo(200);
  }

  @Test
  void modesAreSetAcrossProcesses() throws Exception {
    put("x");
    server.admin("PUT", "modes", new JsonObject().put("writes", "UNSUPPORTED"));
    assertThat(put("x", "If-None-Match", "*").statusCode()).isEqualTo(501);
    server.admin("PUT", "modes", new JsonObject().put("writes", "HONOURED"));
    assertThat(put("x", "If-None-Match", "*").statusCode()).isEqualTo(412);
  }

  @Test
  void aWrongCommandIsRefused() {
    assertThatThrownBy(() -> server.admin("POST", "faults", new JsonObject()))
        .hasMessageContaining("goes wrong");
    assertThatThrownBy(() -> server.admin("GET", "nothing", new JsonObject()))
        .hasMessageContaining("no such route");
  }

  private static int inject(JsonObject fault) {
    return server
        .admin("POST", "faults", fault.put("operations", new JsonArray().add("PUT")))
        .getInteger("id");
  }

  private HttpResponse<String> put(String key, String... headers) throws Exception {
    return client.send(request(key, headers), BodyHandlers.ofString());
  }

  private static HttpRequest request(String key, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server.endpoint() + "/memory/" + key))
            .header(
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=" + server.accessKey() + "/d/r/s3/aws4_request")
            .PUT(BodyPublishers.ofString("x"));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return request.build();
  }
}
