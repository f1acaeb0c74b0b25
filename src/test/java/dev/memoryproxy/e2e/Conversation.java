package dev.memoryproxy.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Md5;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Calls the routes of one dialect as the README writes them, and notes every status it sees. */
final class Conversation {
  private static final Map<String, String> NAMES =
      Map.of("/{ns}/blob/", "/blob/", "/sync/{ns}", "/sync");

  private final Client client;
  private final Map<String, String> routes = new TreeMap<>();
  private final String namespace;
  private final boolean namespaced;
  private final Set<Integer> statuses = new TreeSet<>();

  /**
   * @param namespace for the namespaced dialect; names a directory in the plain one, which has one
   *     set of files for all conversations
   */
  Conversation(Client client, ApiTables tables, String namespace, boolean namespaced) {
    this.client = client;
    this.namespace = namespace;
    this.namespaced = namespaced;
    for (ApiTables.Row row : tables.rows("answer")) {
      // A row without a route of its own in a namespace is about what both share, or one of them.
      for (String route : row.literals(namespaced ? 1 : 0)) {
        routes.put(name(route), route);
      }
    }
  }

  /** A route's name, the same in both dialects. */
  static String name(String route) {
    String name = route;
    for (Map.Entry<String, String> each : NAMES.entrySet()) {
      name = name.replace(each.getKey(), each.getValue());
    }
    return name;
  }

  boolean isNamespaced() {
    return namespaced;
  }

  /** What has been answered so far. */
  Set<Integer> statuses() {
    return statuses;
  }

  /** A path that only this conversation uses. */
  String path(String name) {
    return namespaced ? name : namespace + "/" + name;
  }

  /**
   * Calls a route.
   *
   * @param value takes the place of whatever the route leaves open besides the namespace
   * @param headers lines
   */
  Client.Answer call(String name, String value, String body, String... headers) {
    String route = routes.get(name);
    assertThat(route).as("a route for %s in the README", name).isNotNull();
    return call(client, route, value, body, headers);
  }

  /** The same as somebody else. */
  Client.Answer callAs(Client other, String name, String value) {
    return call(other, String.valueOf(routes.get(name)), value, "");
  }

  /** Calls a route with another method. */
  Client.Answer callWith(String method, String name, String value) {
    String route = String.valueOf(routes.get(name));
    return call(client, method + route.substring(route.indexOf(' ')), value, "");
  }

  private Client.Answer call(
      Client caller, String route, String value, String body, String... headers) {
    int space = route.indexOf(' ');
    String target = route.substring(space + 1).replace("{ns}", encode(namespace));
    HttpRequest.Builder request =
        caller
            .request(target.replaceFirst("\\{[a-z_ ]+}", encode(value)))
            .method(
                route.substring(0, space),
                body.isEmpty() && !route.startsWith("PUT")
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    for (String header : headers) {
      int colon = header.indexOf(": ");
      request.header(header.substring(0, colon), header.substring(colon + 2));
    }
    Client.Answer answer = caller.send(request);
    statuses.add(answer.status());
    return answer;
  }

  Client.Answer get(String name, String... headers) {
    return call("GET /blob/{path}", path(name), "", headers);
  }

  Client.Answer put(String name, String body, String... headers) {
    return call("PUT /blob/{path}", path(name), body, headers);
  }

  Client.Answer delete(String name, String... headers) {
    return call("DELETE /blob/{path}", path(name), "", headers);
  }

  Client.Answer sync(String... headers) {
    return call("GET /sync", "", "", headers);
  }

  /** Creates a file and answers its version. */
  String create(String name, String body) {
    Client.Answer answer = put(name, body, "If-None-Match: *", "Content-Type: text/markdown");
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    return answer.header("X-Version");
  }

  /** A file's entry in the index. */
  JsonObject entry(String name) {
    return sync().json().getJsonObject("files").getJsonObject(path(name));
  }

  static String md5(String content) {
    return Md5.of(content.getBytes(UTF_8));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }
}
