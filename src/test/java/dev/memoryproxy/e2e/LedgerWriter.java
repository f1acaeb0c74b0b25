package dev.memoryproxy.e2e;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.e2e.WriteLedger.Attempt;
import dev.memoryproxy.e2e.WriteLedger.Floor;
import dev.memoryproxy.e2e.WriteLedger.State;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Creates, updates, deletes and re-creates files through whichever process is up, some of them
 * against other writers, and checks after each acknowledged write that readers see it everywhere.
 */
final class LedgerWriter {
  private static final int SHARED_PATHS = 6;
  private static final int OWN_PATHS = 6;
  private static final Set<Integer> REFUSALS = Set.of(404, 409, 412);

  private final int number;
  private final SplittableRandom random;
  private final Fleet fleet;
  private final WriteLedger ledger;
  private final int largestBytes;
  private int written;

  LedgerWriter(int number, SplittableRandom random, Fleet fleet, WriteLedger ledger) {
    this(number, random, fleet, ledger, 0);
  }

  /**
   * @param largestBytes up to which every fourth content is large
   */
  LedgerWriter(
      int number, SplittableRandom random, Fleet fleet, WriteLedger ledger, int largestBytes) {
    this.largestBytes = largestBytes;
    this.number = number;
    this.random = random;
    this.fleet = fleet;
    this.ledger = ledger;
  }

  void run(AtomicBoolean stopped) throws InterruptedException {
    while (!stopped.get()) {
      step();
    }
  }

  private void step() throws InterruptedException {
    String path =
        random.nextInt(5) < 3
            ? "shared/" + random.nextInt(SHARED_PATHS) + ".md"
            : "own/" + number + "/" + random.nextInt(OWN_PATHS) + ".md";
    JsonObject document = sync(ledger, fleet.any(random));
    if (document != null && write(fleet.any(random), path, document)) {
      List<Fleet.Member> readers =
          random.nextInt(3) == 0 ? fleet.all() : List.of(fleet.any(random));
      for (Fleet.Member reader : readers) {
        read(ledger, reader, path);
        // It keeps the file now, and must still notice that somebody changes it.
        read(ledger, reader, path);
        sync(ledger, reader);
      }
    }
  }

  private boolean write(Fleet.Member member, String path, JsonObject document) {
    JsonObject entry = document.getJsonObject("files").getJsonObject(path);
    long version = entry == null ? 0 : entry.getLong("version");
    boolean deletes = entry != null && !entry.getBoolean("is_deleted") && random.nextInt(4) == 0;
    byte[] content = deletes ? new byte[0] : content();
    HttpRequest.Builder request =
        member
            .client()
            .blob(path)
            .header("If-Match-Version", Long.toString(version))
            .header("Content-Type", "text/markdown");
    request =
        deletes ? request.DELETE() : request.PUT(HttpRequest.BodyPublishers.ofByteArray(content));
    Attempt attempt = ledger.begin(path, version, new State(Md5.of(content), deletes));
    try {
      return settle(attempt, member.client().send(request), member.name() + " writing " + path);
    } catch (Client.Unanswered killed) {
      ledger.ambiguous(attempt);
      return false;
    }
  }

  private boolean settle(Attempt attempt, Client.Answer answer, String what) {
    if (answer.status() / 100 == 2) {
      ledger.acknowledge(attempt, Long.parseLong(answer.header("X-Version")));
      return true;
    }
    if (REFUSALS.contains(answer.status())) {
      ledger.refused(attempt);
      return false;
    }
    ledger.ambiguous(attempt);
    if (answer.status() != 503) {
      throw new AssertionError(what + " answered " + answer.status() + ": " + answer.text());
    }
    return false;
  }

  /** Contents that repeat give equal ETags, where compare-and-set on objects is weakest. */
  private byte[] content() {
    String text =
        switch (random.nextInt(4)) {
          case 0 -> "";
          case 1 -> "{}";
          default -> "text " + number + "." + written++;
        };
    if (largestBytes > 0 && random.nextInt(4) == 0) {
      text =
          String.format(
              "%-" + random.nextInt(1, largestBytes) + "d", number * 1_000_000L + written++);
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Reads the index and holds it against the ledger; null when the process was killed. */
  static @Nullable JsonObject sync(WriteLedger ledger, Fleet.Member member) {
    Floor floor = ledger.floor();
    Client.Answer answer;
    try {
      answer = member.client().sync();
    } catch (Client.Unanswered killed) {
      return null;
    }
    if (answer.status() == 503) {
      return null;
    }
    if (answer.status() != 200) {
      throw new AssertionError(member.name() + " answered " + answer.status() + " to /sync");
    }
    JsonObject document = answer.json();
    ledger.checkListed(floor, document, member.name());
    return document;
  }

  /** Reads a file and holds it against the ledger. */
  static void read(WriteLedger ledger, Fleet.Member member, String path) {
    Floor floor = ledger.floor();
    Client.Answer answer;
    try {
      answer = member.client().get(path);
    } catch (Client.Unanswered killed) {
      return;
    }
    switch (answer.status()) {
      case 200 ->
          ledger.checkRead(
              floor,
              path,
              Long.parseLong(answer.header("X-Version")),
              Md5.of(answer.bytes()),
              member.name());
      case 404 -> ledger.checkAbsent(floor, path, member.name());
      case 503 -> {
        // It says that it cannot tell, which breaks no promise.
      }
      default ->
          throw new AssertionError(
              member.name() + " reading " + path + " answered " + answer.status());
    }
  }
}
