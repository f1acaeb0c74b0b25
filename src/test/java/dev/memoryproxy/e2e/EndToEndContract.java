package dev.memoryproxy.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Md5;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job, through the packaged jar, on real files; the same on every storage. */
abstract class EndToEndContract {
  @TempDir Path directory;

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void endThreads() {
    threads.shutdownNow();
  }

  /** Settings that give a service a fresh, empty place to keep files; called once for each test. */
  abstract Map<String, String> freshStorage();

  /** Whether two processes may overlap on this storage. */
  boolean sharedByProcesses() {
    return true;
  }

  /** Whether the storage can hold {@code a} beside {@code a/b}. */
  boolean keysMayNest() {
    return true;
  }

  /** Whether the storage gives content types back exactly as they were sent. */
  boolean keepsContentTypes() {
    return true;
  }

  @Test
  void treeOfRealFilesGoesThroughItsWholeLife() throws IOException {
    Map<String, String> settings = freshStorage();
    Map<String, byte[]> expected = memoryTree();
    try (ServiceProcess service = ServiceProcess.start(directory, settings)) {
      Client client = Client.of(service);
      push(client, expected);
      assertHolds(client, expected);
      change(client, expected);
      assertHolds(client, expected);
      deleteAndRecreate(client, expected);
      assertHolds(client, expected);
      assertThat(service.terminate()).as(service.log()).isZero();
    }
    try (ServiceProcess service = ServiceProcess.start(directory, settings)) {
      assertHolds(Client.of(service), expected);
    }
  }

  @Test
  void treeOfRealFilesGoesThroughItsWholeLifeInANamespace() throws IOException {
    Map<String, String> settings = freshStorage();
    Map<String, byte[]> expected = memoryTree();
    String namespace = "personas/default \u00e4/memory";
    try (ServiceProcess service = ServiceProcess.start(directory, settings)) {
      Client client = Client.of(service).inNamespace(namespace);
      expected.forEach((path, content) -> assertShown(client, path, 201, 0, content));
      assertHolds(client, expected);
      byte[] after = "# Memory\n\nRewritten.\n".getBytes(StandardCharsets.UTF_8);
      long version = version(client, "MEMORY.md");
      assertShown(client, "MEMORY.md", 200, version, after);
      assertShown(client, "MEMORY.md", 200, version, after);
      Client.Answer stale = client.putOver("MEMORY.md", version, bytes(100));
      assertThat(stale.status()).isEqualTo(412);
      assertThat(stale.json().getJsonObject("context").getString("current_version"))
          .isEqualTo(Long.toString(version(client, "MEMORY.md")));
      expected.put("MEMORY.md", after);
      assertThat(client.delete("people/team.json").status()).isEqualTo(200);
      assertShown(client, "people/team.json", 201, version(client, "people/team.json"), after);
      expected.put("people/team.json", after);
      assertThat(client.delete("big.bin").status()).isEqualTo(200);
      expected.remove("big.bin");
      assertHolds(client, expected);
      assertThat(service.terminate()).as(service.log()).isZero();
    }
    try (ServiceProcess service = ServiceProcess.start(directory, settings)) {
      assertHolds(Client.of(service).inNamespace(namespace), expected);
    }
  }

  /** Writes, and checks that the answer shows the index entry of this path and nothing else. */
  private static void assertShown(
      Client client, String path, int status, long version, byte[] content) {
    Client.Answer answer = client.putOver(path, version, content);
    assertThat(answer.status()).as("%s: %s", path, answer.text()).isEqualTo(status);
    JsonObject files = answer.json().getJsonObject("files");
    assertThat(files.fieldNames()).containsExactly(path);
    assertThat(files.getJsonObject(path).getString("md5")).isEqualTo(Md5.of(content));
    assertThat(files.getJsonObject(path).getLong("version"))
        .isEqualTo(Long.parseLong(answer.header("X-Version")));
  }

  private Map<String, byte[]> memoryTree() throws IOException {
    Path root = Path.of("src", "test", "resources", "memory-tree").toAbsolutePath();
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(root)) {
      for (Path file : found.filter(Files::isRegularFile).toList()) {
        files.put(root.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
      }
    }
    files.put("names/it's \"quoted\" & <angled>.md", "quotes\n".getBytes(StandardCharsets.UTF_8));
    files.put("names/%25 literally.md", "percent\n".getBytes(StandardCharsets.UTF_8));
    String nested = keysMayNest() ? "names" : "no names";
    files.put(nested, "a file where a folder is as well\n".getBytes(StandardCharsets.UTF_8));
    files.put("x".repeat(900), "a name of 900 bytes\n".getBytes(StandardCharsets.UTF_8));
    files.put("big.bin", bytes(3_000_000));
    return files;
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  private static void push(Client client, Map<String, byte[]> files) {
    files.forEach(
        (path, content) -> {
          Client.Answer answer = client.create(path, content);
          assertThat(answer.status()).as("%s: %s", path, answer.text()).isEqualTo(201);
          assertThat(answer.header("ETag")).isEqualTo('"' + Md5.of(content) + '"');
        });
  }

  private static void change(Client client, Map<String, byte[]> files) {
    byte[] before = requireNonNull(files.get("MEMORY.md"));
    byte[] after = "# Memory\n\nRewritten.\n".getBytes(StandardCharsets.UTF_8);
    long version = version(client, "MEMORY.md");
    assertThat(client.put("MEMORY.md", Md5.of(before), after).status()).isEqualTo(200);
    assertThat(version(client, "MEMORY.md")).isGreaterThan(version);
    Client.Answer stale =
        client.put("MEMORY.md", Md5.of(before), "x".getBytes(StandardCharsets.UTF_8));
    assertThat(stale.status()).isEqualTo(412);
    assertThat(stale.json().getJsonObject("context").getString("current_md5"))
        .isEqualTo(Md5.of(after));
    files.put("MEMORY.md", after);
  }

  private void deleteAndRecreate(Client client, Map<String, byte[]> files) {
    for (String path : List.of("people/team.json", "sessions/empty.md", "big.bin")) {
      assertThat(client.delete(path).status()).isEqualTo(204);
      assertThat(client.delete(path).status()).isEqualTo(404);
      assertThat(client.get(path).status()).isEqualTo(404);
      assertThat(client.files().getJsonObject(path).getBoolean("is_deleted")).isTrue();
      files.remove(path);
    }
    long tombstone = version(client, "people/team.json");
    byte[] again = "{\"team\":[]}".getBytes(StandardCharsets.UTF_8);
    assertThat(client.create("people/team.json", again).status()).isEqualTo(201);
    assertThat(version(client, "people/team.json")).isGreaterThan(tombstone);
    files.put("people/team.json", again);
  }

  private static long version(Client client, String path) {
    return client.files().getJsonObject(path).getLong("version");
  }

  private void assertHolds(Client client, Map<String, byte[]> expected) {
    Map<String, String> listed = new TreeMap<>();
    client
        .files()
        .forEach(
            file -> {
              JsonObject entry = (JsonObject) file.getValue();
              if (!entry.getBoolean("is_deleted")) {
                listed.put(file.getKey(), entry.getString("md5"));
              }
            });
    Map<String, String> digests = new TreeMap<>();
    expected.forEach((path, content) -> digests.put(path, Md5.of(content)));
    assertThat(listed).isEqualTo(digests);
    expected.forEach(
        (path, content) -> {
          Client.Answer answer = client.get(path);
          assertThat(answer.status()).as(path).isEqualTo(200);
          assertThat(answer.bytes()).as(path).isEqualTo(content);
          if (keepsContentTypes()) {
            assertThat(answer.header("Content-Type")).isEqualTo(Client.contentType(path));
          }
        });
  }

  @Test
  void killedServiceForgetsNothingItAcknowledged() {
    Map<String, String> settings = freshStorage();
    List<String> acknowledged = new ArrayList<>();
    try (ServiceProcess service = ServiceProcess.start(directory, settings)) {
      Client client = Client.of(service);
      // Killed while writers are under way: what they were told to be written must be there.
      List<CompletableFuture<Void>> writers =
          IntStream.range(0, 4)
              .mapToObj(
                  w -> CompletableFuture.runAsync(() -> write(client, w, acknowledged), threads))
              .toList();
      while (size(acknowledged) < 40) {
        Thread.onSpinWait();
      }
      service.kill();
      writers.forEach(CompletableFuture::join);
    }
    try (ServiceProcess service = ServiceProcess.start(directory, settings)) {
      Client client = Client.of(service);
      assertThat(client.files().fieldNames()).containsAll(acknowledged);
      acknowledged.forEach(path -> assertThat(client.get(path).text()).isEqualTo(path));
    }
  }

  private static void write(Client client, int writer, List<String> acknowledged) {
    for (int i = 0; i < 10_000; i++) {
      String path = "writer-" + writer + "/" + i + ".md";
      try {
        Client.Answer answer = client.create(path, path.getBytes(StandardCharsets.UTF_8));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
      } catch (Client.Unanswered killed) {
        return;
      }
      synchronized (acknowledged) {
        acknowledged.add(path);
      }
    }
  }

  private static int size(List<String> list) {
    synchronized (list) {
      return list.size();
    }
  }

  @Test
  void ofManyWritersWithOnePreconditionOneWins() {
    Map<String, String> settings = freshStorage();
    try (ServiceProcess service = ServiceProcess.start(directory, settings)) {
      Client client = Client.of(service);
      for (int round = 0; round < 5; round++) {
        String path = "race-" + round + ".md";
        List<Integer> created = race(client, path, "new", "create");
        assertThat(created).filteredOn(status -> status == 201).hasSize(1);
        String md5 = Md5.of(client.get(path).bytes());
        List<Integer> updated = race(client, path, md5, "update");
        assertThat(updated).filteredOn(status -> status == 200).hasSize(1);
        assertThat(updated).filteredOn(status -> status == 412).hasSize(7);
      }
    }
  }

  private List<Integer> race(Client client, String path, String md5, String what) {
    return IntStream.range(0, 8)
        .mapToObj(
            writer ->
                CompletableFuture.supplyAsync(
                    () ->
                        client
                            .put(path, md5, (what + writer).getBytes(StandardCharsets.UTF_8))
                            .status(),
                    threads))
        .toList()
        .stream()
        .map(CompletableFuture::join)
        .toList();
  }

  @Test
  void secondProcessSharesTheStorageOrIsRefused() {
    Map<String, String> settings = freshStorage();
    try (ServiceProcess first = ServiceProcess.start(directory, settings)) {
      if (!sharedByProcesses()) {
        try (ServiceProcess second = ServiceProcess.launch(directory, settings)) {
          assertThat(second.awaitExit()).isNotZero();
          assertThat(second.log()).contains("DATA_DIR");
        }
        return;
      }
      try (ServiceProcess second = ServiceProcess.start(directory, settings)) {
        byte[] one = "one".getBytes(StandardCharsets.UTF_8);
        assertThat(Client.of(first).create("a.md", one).status()).isEqualTo(201);
        assertThat(Client.of(second).create("a.md", one).status()).isEqualTo(412);
        assertThat(
                Client.of(second)
                    .put("a.md", Md5.of(one), "two".getBytes(StandardCharsets.UTF_8))
                    .status())
            .isEqualTo(200);
        assertThat(Client.of(first).get("a.md").text()).isEqualTo("two");
      }
    }
  }
}
