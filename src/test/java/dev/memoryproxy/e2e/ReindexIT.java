package dev.memoryproxy.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.s3server.S3Operation;
import dev.memoryproxy.s3server.StrictS3Server;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.S3ObjectStore;
import dev.memoryproxy.storage.S3Settings;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * The command reindex of the packaged jar, on buckets that others changed. Tests that wait for its
 * second look at what is gone do so together.
 */
class ReindexIT {
  @TempDir Path directory;

  private final Vertx vertx = Vertx.vertx();
  private final StrictS3Server s3 = StrictS3Server.start();
  private final S3ObjectStore bucket =
      S3ObjectStore.open(
          vertx,
          S3Settings.withDefaults(
              s3.endpoint(), "us-east-1", s3.bucket(), s3.accessKey(), s3.secretKey()));

  @AfterEach
  void stop() {
    bucket.close().await();
    s3.close();
    vertx.close().await();
  }

  private CommandProcess reindex(String... options) {
    String[] arguments = new String[options.length + 1];
    arguments[0] = "reindex";
    System.arraycopy(options, 0, arguments, 1, options.length);
    return CommandProcess.run(directory, S3Storage.of(s3), arguments);
  }

  private void serve(String... paths) {
    try (ServiceProcess service = ServiceProcess.start(directory, S3Storage.of(s3))) {
      Client client = Client.of(service);
      for (String path : paths) {
        assertThat(client.create(path, path.getBytes(UTF_8)).status()).isEqualTo(201);
      }
      assertThat(service.terminate()).isZero();
    }
  }

  private void put(String key, String content, Map<String, String> metadata) {
    bucket
        .put(
            key,
            Payload.of(content.getBytes(UTF_8)),
            new ObjectAttributes("text/plain", metadata),
            new WriteCondition.None())
        .await();
  }

  private void remove(String key) {
    bucket.delete(key, new WriteCondition.None()).await();
  }

  private long writes() {
    return s3.counts().of(S3Operation.PUT) + s3.counts().of(S3Operation.DELETE);
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void dryRunFindsWhatTheRepairMendsAndChangesNothing() {
    serve("kept.md", "changed.md", "removed.md");
    put("memory/copied \u00e4.md", "copied", Map.of());
    put("memory/changed.md", "changed by hand", Map.of());
    remove("memory/removed.md");
    put("memory/other/theirs.md", "theirs", Map.of("namespace", "other", "write-id", "w"));
    put("memory/folder/", "", Map.of());

    long before = writes();
    CommandProcess dry = reindex("--dry-run");
    assertThat(dry.status()).as(dry.err()).isEqualTo(1);
    assertThat(dry.out().lines())
        .containsExactly(
            "missing copied \u00e4.md",
            "stale changed.md",
            "gone removed.md",
            "foreign folder/",
            "foreign other/theirs.md",
            "namespace (default): 1 missing, 1 stale, 1 gone, 2 foreign; dry run, nothing was"
                + " changed. Without --dry-run the index takes over what is missing or stale, and"
                + " what is gone is marked as deleted.",
            "total of 1 namespace: 1 missing, 1 stale, 1 gone, 2 foreign; 1 differ.");
    assertThat(writes()).isEqualTo(before);

    CommandProcess repair = reindex();
    assertThat(repair.status()).as(repair.err()).isZero();
    assertThat(repair.out())
        .contains("missing copied \u00e4.md\nstale changed.md\ngone removed.md\n")
        .contains(
            "the index took over what is missing or stale, and what is gone was marked as deleted;"
                + " entries: 4.\n")
        .endsWith("1 gone, 2 foreign; 1 repaired.\n");

    CommandProcess again = reindex("--dry-run");
    assertThat(again.status()).as(again.err()).isZero();
    assertThat(again.out())
        .endsWith(
            "namespace (default): 0 missing, 0 stale, 0 gone, 2 foreign; bucket and index agree;"
                + " entries: 4.\n"
                + "total of 1 namespace: 0 missing, 0 stale, 0 gone, 2 foreign; 1 agree.\n");
    assertListedAfterRepair();
  }

  private void assertListedAfterRepair() {
    try (ServiceProcess service = ServiceProcess.start(directory, S3Storage.of(s3))) {
      Client client = Client.of(service);
      JsonObject files = client.files();
      assertThat(files.fieldNames())
          .containsExactlyInAnyOrder("kept.md", "changed.md", "removed.md", "copied \u00e4.md");
      assertThat(files.getJsonObject("copied \u00e4.md").getString("md5"))
          .isEqualTo(Md5.of("copied".getBytes(UTF_8)));
      assertThat(files.getJsonObject("changed.md").getString("md5"))
          .isEqualTo(Md5.of("changed by hand".getBytes(UTF_8)));
      assertThat(files.getJsonObject("removed.md").getBoolean("is_deleted")).isTrue();
      assertThat(client.get("copied \u00e4.md").text()).isEqualTo("copied");
      assertThat(client.get("removed.md").status()).isEqualTo(404);
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void bucketThatLostMostFilesIsNotBelieved() {
    serve("a.md", "b.md", "c.md");
    remove("memory/a.md");
    remove("memory/b.md");
    String refusal =
        " marked as deleted: so many look like a loss, and every machine would delete them. Restore"
            + " their objects, or add --accept-gone if they are meant to be gone.\n";
    CommandProcess dry = reindex("--dry-run");
    assertThat(dry.status()).as(dry.err()).isEqualTo(1);
    assertThat(dry.out())
        .contains("Without --dry-run the files that are gone (2 of 3) are not" + refusal);
    CommandProcess repair = reindex();
    assertThat(repair.status()).as(repair.err()).isEqualTo(1);
    assertThat(repair.out())
        .startsWith("gone a.md\ngone b.md\n")
        .contains("nothing was changed: the files that are gone (2 of 3) were not" + refusal)
        .doesNotContain("took over")
        .endsWith("1 with files that are gone and still listed.\n");
    assertThat(repair.err()).contains("--accept-gone");
    try (ServiceProcess service = ServiceProcess.start(directory, S3Storage.of(s3))) {
      JsonObject files = Client.of(service).files();
      assertThat(files.getJsonObject("a.md").getBoolean("is_deleted")).isFalse();
    }
    CommandProcess willing = reindex("--dry-run", "--accept-gone");
    assertThat(willing.status()).isEqualTo(1);
    assertThat(willing.out()).contains("Without --dry-run what is gone is marked as deleted.");
    CommandProcess accepted = reindex("--accept-gone");
    assertThat(accepted.status()).as(accepted.err()).isZero();
    assertThat(accepted.out()).contains("what is gone was marked as deleted; entries: 3.");
    try (ServiceProcess service = ServiceProcess.start(directory, S3Storage.of(s3))) {
      Client client = Client.of(service);
      JsonObject tombstone = client.files().getJsonObject("a.md");
      assertThat(tombstone.getBoolean("is_deleted")).isTrue();
      // The tombstone has no object, and its version may be named all the same.
      assertThat(
              client
                  .putOver("a.md", tombstone.getLong("version"), "again".getBytes(UTF_8))
                  .status())
          .isEqualTo(201);
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void namedNamespaceIsIndexedByItself() {
    put("memory/team/notes/a.md", "a", Map.of());
    CommandProcess team = reindex("--namespace", "team/notes");
    assertThat(team.status()).as(team.err()).isZero();
    assertThat(team.out()).startsWith("missing a.md\nnamespace team/notes: 1 missing");
    CommandProcess all = reindex("--dry-run");
    assertThat(all.status()).as(all.out()).isZero();
    put("memory/team/notes/b.md", "b", Map.of());
    long before = writes();
    CommandProcess differing = reindex("--dry-run");
    assertThat(differing.status()).as(differing.err()).isEqualTo(1);
    assertThat(differing.out())
        .startsWith("namespace (default): 0 missing")
        .contains("\nmissing b.md\nnamespace team/notes: 1 missing")
        .endsWith(
            "total of 2 namespaces: 1 missing, 0 stale, 0 gone, 0 foreign; 1 agree, 1 differ.\n");
    CommandProcess unnamed = reindex("--dry-run", "--namespace", "");
    assertThat(unnamed.status()).as(unnamed.err()).isZero();
    assertThat(unnamed.out()).doesNotContain("team/notes");
    assertThat(writes()).as("a dry run writes nothing").isEqualTo(before);
    for (String option : new String[] {"--dry-run", "--accept-gone"}) {
      CommandProcess unknown = reindex(option, "--namespace", "nope");
      assertThat(unknown.status()).isEqualTo(78);
      assertThat(unknown.err()).contains("There is no namespace nope");
      assertThat(unknown.out()).isEmpty();
    }
    assertThat(reindex().status()).isZero();
    assertThat(reindex("--dry-run").status()).isZero();
  }

  @Test
  void onlyTheDirectoryOfAServiceIsTaken() throws IOException {
    Path typo = directory.resolve("date");
    Path other = Files.createDirectory(directory.resolve("other"));
    for (Path wrong : new Path[] {typo, other}) {
      Map<String, String> local = Map.of("STORAGE", "local", "DATA_DIR", wrong.toString());
      for (String[] arguments : new String[][] {{"reindex", "--dry-run"}, {"reindex"}}) {
        CommandProcess refused = CommandProcess.run(directory, local, arguments);
        assertThat(refused.status()).as(refused.err()).isEqualTo(78);
        assertThat(refused.err()).contains("DATA_DIR " + wrong).doesNotContain("\tat ");
        assertThat(refused.out()).isEmpty();
      }
    }
    assertThat(typo).doesNotExist();
    assertThat(other).isEmptyDirectory();
  }

  @Test
  void wrongArgumentsAndSettingsAreNamedAndEndWithStatus78() {
    CommandProcess unknown = reindex("--dryrun");
    assertThat(unknown.status()).isEqualTo(78);
    assertThat(unknown.err()).contains("--dryrun", "--namespace", "--dry-run", "--help");
    CommandProcess namespace = reindex("--namespace");
    assertThat(namespace.status()).isEqualTo(78);
    assertThat(namespace.err()).contains("--namespace");
    CommandProcess command = CommandProcess.run(directory, S3Storage.of(s3), "index");
    assertThat(command.status()).isEqualTo(78);
    assertThat(command.err()).contains("index", "reindex");
    CommandProcess help = CommandProcess.run(directory, Map.of(), "reindex", "--help");
    assertThat(help.status()).isZero();
    assertThat(help.out()).contains("--namespace N", "--dry-run");
    CommandProcess unset = CommandProcess.run(directory, Map.of("STORAGE", "s3"), "reindex");
    assertThat(unset.status()).isEqualTo(78);
    assertThat(unset.err()).contains("S3_BUCKET").doesNotContain("HEARE_AUTH_URL");
    assertThat(unset.out()).isEmpty();
  }

  @Test
  void storeThatCannotBeUsedIsSaidPlainly() {
    Map<String, String> local = new HashMap<>();
    local.put("STORAGE", "local");
    local.put("DATA_DIR", directory.resolve("data").toString());
    try (ServiceProcess service = ServiceProcess.start(directory, local)) {
      assertThat(service.handle().isAlive()).isTrue();
      CommandProcess busy = CommandProcess.run(directory, local, "reindex", "--dry-run");
      assertThat(busy.status()).isEqualTo(1);
      assertThat(busy.err()).contains("stop that one first").doesNotContain("\tat ");
    }
    s3.deleteBucket(s3.bucket());
    CommandProcess noBucket = reindex("--dry-run");
    assertThat(noBucket.status()).isEqualTo(1);
    assertThat(noBucket.err()).contains("S3_BUCKET").doesNotContain("\tat ");
    assertThat(noBucket.out()).isEmpty();
  }
}
