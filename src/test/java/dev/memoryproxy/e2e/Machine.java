package dev.memoryproxy.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Md5;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One machine with files, and a client on it that syncs as the one in the field does: it fetches
 * the index once a round, makes up to three rounds, sends one request after the other, never backs
 * off, and takes whatever the answer to a write lists for what it has on disk.
 *
 * <p>An edit wins over a delete; of two edits the later one to arrive is kept beside the first
 * under another name.
 */
final class Machine {
  private static final int ROUNDS = 3;

  /** What can go wrong around a machine's requests, and what others do meanwhile. */
  interface World {
    /** Called before each request. */
    void meanwhile(Machine machine);

    boolean downloadFails();

    boolean answerIsLost();
  }

  /** A state as the index shows it. */
  private record State(String md5, long version, boolean deleted) {
    static State of(JsonObject entry) {
      return new State(
          entry.getString("md5"), entry.getLong("version"), entry.getBoolean("is_deleted"));
    }
  }

  private final String name;
  private final Client client;
  private final World world;
  private final Random random;
  private final boolean fullListInAnswers;
  private final Map<String, String> disk = new TreeMap<>();
  private final Map<String, State> synced = new TreeMap<>();
  private int copies;

  /**
   * @param client speaks to the namespace
   * @param fullListInAnswers breaks the rule that the answer to a write lists the written path only
   */
  Machine(String name, Client client, World world, Random random, boolean fullListInAnswers) {
    this.name = name;
    this.client = client;
    this.world = world;
    this.random = random;
    this.fullListInAnswers = fullListInAnswers;
  }

  /** What is on the disk; the user changes it at will. */
  Map<String, String> disk() {
    return disk;
  }

  /** Syncs; answers whether there was anything to do. */
  boolean sync() {
    for (int round = 0; round < ROUNDS; round++) {
      if (!round()) {
        return round > 0;
      }
    }
    return true;
  }

  private boolean round() {
    Map<String, State> remote = fetchIndex();
    Set<String> paths = new TreeSet<>(disk.keySet());
    paths.addAll(synced.keySet());
    paths.addAll(remote.keySet());
    boolean busy = false;
    for (String path : paths) {
      busy |= sync(path, remote.get(path));
    }
    return busy;
  }

  private Map<String, State> fetchIndex() {
    world.meanwhile(this);
    Client.Answer answer = client.sync();
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    Map<String, State> remote = new TreeMap<>();
    answer
        .json()
        .getJsonObject("files")
        .forEach(file -> remote.put(file.getKey(), State.of((JsonObject) file.getValue())));
    return remote;
  }

  private boolean sync(String path, @Nullable State remote) {
    State base = synced.get(path);
    boolean localChanged = localChanged(path, base);
    if (remote != null && (base == null || base.version() != remote.version())) {
      if (localChanged) {
        settle(path, remote);
      } else {
        follow(path, remote);
      }
      return true;
    }
    if (localChanged) {
      upload(path, base == null ? 0 : base.version());
    }
    return localChanged;
  }

  private boolean localChanged(String path, @Nullable State base) {
    String content = disk.get(path);
    boolean wasThere = base != null && !base.deleted();
    return content == null
        ? wasThere
        : !(wasThere && Objects.requireNonNull(base).md5().equals(md5(content)));
  }

  /** Both sides have changed. */
  private void settle(String path, State remote) {
    String content = disk.get(path);
    if (content == null) {
      follow(path, remote);
    } else if (remote.deleted()) {
      upload(path, remote.version());
    } else if (remote.md5().equals(md5(content))) {
      synced.put(path, remote);
    } else {
      String theirs = download(path);
      if (theirs != null) {
        disk.put(path + ".conflict-" + name + "-" + ++copies, content);
        disk.put(path, theirs);
      }
    }
  }

  /** Only the other side has changed. */
  private void follow(String path, State remote) {
    if (remote.deleted()) {
      disk.remove(path);
      synced.put(path, remote);
      return;
    }
    String theirs = download(path);
    if (theirs != null) {
      disk.put(path, theirs);
    }
  }

  /** The content, also noted as synced; null when it could not be had. */
  private @Nullable String download(String path) {
    world.meanwhile(this);
    Client.Answer answer = client.get(path);
    if (answer.status() == 404 || world.downloadFails()) {
      return null;
    }
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    synced.put(
        path,
        new State(
            answer.header("ETag").replace("\"", ""),
            Long.parseLong(answer.header("X-Version")),
            false));
    return answer.text();
  }

  private void upload(String path, long version) {
    world.meanwhile(this);
    String content = disk.get(path);
    if (content == null) {
      settleDelete(path, send(client.blob(path).header("If-Match-Version", "" + version).DELETE()));
      return;
    }
    // A deleted file is created again over its tombstone's version or as a new one.
    State base = synced.get(path);
    boolean asNew = base != null && base.deleted() && base.version() == version;
    long expected = asNew && random.nextBoolean() ? 0 : version;
    Client.Answer answer =
        send(
            client
                .blob(path)
                .header("If-Match-Version", "" + expected)
                .header("Content-MD5", md5(content))
                .PUT(HttpRequest.BodyPublishers.ofString(content)));
    assertThat(answer.status()).as(answer.text()).isIn(200, 201, 412);
    learn(answer);
  }

  private void settleDelete(String path, Client.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isIn(200, 404, 412);
    if (answer.status() == 404) {
      synced.remove(path);
    }
    learn(answer);
  }

  /** Sends a write; when its answer is lost, sends it once more. */
  private Client.Answer send(HttpRequest.Builder request) {
    Client.Answer answer = client.send(request);
    return world.answerIsLost() ? client.send(request) : answer;
  }

  private void learn(Client.Answer answer) {
    if (answer.status() >= 300) {
      return;
    }
    JsonObject listed = (fullListInAnswers ? client.sync() : answer).json().getJsonObject("files");
    listed.forEach(file -> synced.put(file.getKey(), State.of((JsonObject) file.getValue())));
  }

  static String md5(String content) {
    return Md5.of(content.getBytes(UTF_8));
  }

  @Override
  public String toString() {
    return name;
  }
}
