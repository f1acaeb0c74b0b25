package dev.memoryproxy.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.memoryproxy.blob.Md5;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every {@link ObjectStore} promises. A subclass opens its store and says which promises the
 * server behind it cannot keep; each test works under keys of its own, so a server may be shared.
 */
@Timeout(120)
abstract class ObjectStoreContract {
  private static final ObjectAttributes PLAIN =
      new ObjectAttributes("text/plain", Map.of("write-id", "w-1"));
  private static final WriteCondition ALWAYS = new WriteCondition.None();
  private static final WriteCondition IF_ABSENT = new WriteCondition.IfAbsent();
  private static final int LARGE = 5 << 20;

  static Vertx vertx;

  private Path spool;
  ObjectStore store;

  /** Where this test's keys live; ends in a slash. */
  String dir;

  /** Opens the store under test; the suite closes it after each test. */
  abstract ObjectStore openStore(Vertx vertx) throws Exception;

  /** Whether one of several concurrent put-if-absents wins, and only one. */
  boolean atomicPutIfAbsent() {
    return true;
  }

  /** Whether one of several concurrent writes on the same ETag wins, and only one. */
  boolean atomicIfMatch() {
    return true;
  }

  /** Whether content and metadata change at once for concurrent readers. */
  boolean atomicOverwrite() {
    return true;
  }

  /** Whether listings are in order of UTF-8 bytes outside the basic plane too. */
  boolean listsByUtf8Bytes() {
    return true;
  }

  /** Whether content types come back letter by letter. */
  boolean keepsContentTypes() {
    return true;
  }

  /** Whether the server takes this name; every store of ours must. */
  boolean takesName(String name) {
    return true;
  }

  /** Whether {@code a} and {@code a/b} may both exist. */
  boolean keysMayNest() {
    return true;
  }

  @BeforeAll
  static void startVertx() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stopVertx() {
    await(vertx.close());
  }

  @BeforeEach
  void open(@TempDir Path spool) throws Exception {
    this.spool = spool;
    store = openStore(vertx);
    dir = "contract-" + UUID.randomUUID() + "/";
  }

  @AfterEach
  void close() {
    if (store != null) {
      await(store.close());
    }
  }

  @Test
  void absentKeyHasNeitherHeadNorContent() {
    assertThat(await(store.head(dir + "none"))).isEmpty();
    assertThat(await(store.get(dir + "none"))).isEmpty();
    assertThat(await(store.getRange(dir + "none", Md5.OF_NOTHING, 0, 0))).isEmpty();
    assertThat(await(store.getWhole(dir + "none", 10))).isEmpty();
  }

  @Test
  void everythingStoredComesBack() {
    String key = dir + "note.md";
    Map<String, String> metadata =
        Map.of(
            "content-md5", Md5.OF_NOTHING,
            "is-deleted", "false",
            "version", "1705314600000",
            "namespace", "personas/default/memory",
            "write-id", "a b=c;\"d\",%20+/\\~");
    ObjectAttributes attributes = new ObjectAttributes("text/markdown", metadata);

    PutResult put = await(store.put(key, bytes("# hello\n"), attributes, IF_ABSENT));

    assertThat(put.status()).isEqualTo(PutResult.Status.STORED);
    assertThat(put.etag()).isNotEmpty().doesNotContain("\"");
    ObjectHead head = await(store.head(key)).orElseThrow();
    assertThat(head.key()).isEqualTo(key);
    assertThat(head.etag()).isEqualTo(put.etag());
    assertThat(head.size()).isEqualTo(8);
    assertThat(head.contentType()).isEqualTo("text/markdown");
    assertThat(head.metadata()).isEqualTo(metadata);
    ObjectContent content = await(store.get(key)).orElseThrow();
    assertThat(content.length()).isEqualTo(8);
    assertThat(await(content.bytes()).toString()).isEqualTo("# hello\n");
    assertThat(content.head().key()).isEqualTo(key);
    assertThat(content.head().etag()).isEqualTo(head.etag());
    assertThat(content.head().size()).isEqualTo(8);
    assertThat(content.head().lastModified()).isEqualTo(head.lastModified());
    assertThat(content.head().contentType()).isEqualTo(head.contentType());
    assertThat(content.head().metadata()).isEqualTo(metadata);
  }

  @Test
  void contentTypeIsStoredAsGiven() {
    assumeTrue(keepsContentTypes(), "the server rewrites content types");
    for (String type : List.of("text/markdown; charset=\"utf-8\"", "Text/HTML;a=b ;c", "x/y")) {
      await(store.put(dir + "x", bytes("x"), new ObjectAttributes(type, Map.of()), ALWAYS));
      assertThat(await(store.head(dir + "x")).orElseThrow().contentType()).isEqualTo(type);
    }
  }

  @Test
  void timesAreTheStoresOwn() {
    put("t", "x");
    ObjectHead head = await(store.head(dir + "t")).orElseThrow();
    Listing listing = await(store.list(dir, "", 10));
    // S3 shows whole seconds, some rounded, and its two clocks differ by the time between them.
    long second = 1_000;
    assertThat(head.lastModified()).isPositive().isLessThanOrEqualTo(head.storeTime() + second);
    assertThat(listing.storeTime()).isGreaterThanOrEqualTo(head.storeTime() - second);
    assertThat(listing.objects().get(0).lastModified())
        .isBetween(head.lastModified() - second, head.lastModified() + second);
  }

  @Test
  void headGetAndListAgreeOnTheEtag() {
    String etag = put("x", "content").etag();
    assertThat(await(store.head(dir + "x")).orElseThrow().etag()).isEqualTo(etag);
    assertThat(await(store.getWhole(dir + "x", 100)).orElseThrow().head().etag()).isEqualTo(etag);
    Listing.Item item = await(store.list(dir, "", 10)).objects().get(0);
    assertThat(item.etag()).isEqualTo(etag);
    assertThat(item.size()).isEqualTo(7);
  }

  @Test
  void putIfAbsentOnExistingKeyIsRefused() {
    String etag = put("x", "first").etag();

    PutResult second =
        await(
            store.put(
                dir + "x",
                bytes("second"),
                new ObjectAttributes("text/html", Map.of("write-id", "w-2")),
                IF_ABSENT));

    assertThat(second).isEqualTo(PutResult.REFUSED);
    assertUnchanged("x", etag, "first");
  }

  @Test
  void staleEtagNeverOverwrites() {
    String stale = put("x", "first").etag();
    String current = put("x", "second").etag();

    PutResult put =
        await(
            store.put(
                dir + "x",
                bytes("third"),
                new ObjectAttributes("text/html", Map.of("write-id", "w-3")),
                new WriteCondition.IfEtag(stale)));

    assertThat(put).isEqualTo(PutResult.REFUSED);
    assertUnchanged("x", current, "second");
  }

  @Test
  void currentEtagOverwrites() {
    String etag = put("x", "first").etag();

    PutResult put =
        await(store.put(dir + "x", bytes("second"), PLAIN, new WriteCondition.IfEtag(etag)));

    assertThat(put.status()).isEqualTo(PutResult.Status.STORED);
    assertThat(put.etag()).isNotEqualTo(etag);
    assertUnchanged("x", put.etag(), "second");
  }

  @Test
  void etagConditionOnMissingKeyIsAbsent() {
    PutResult put =
        await(
            store.put(
                dir + "x", bytes("x"), PLAIN, new WriteCondition.IfEtag(Md5.of(new byte[3]))));

    assertThat(put).isEqualTo(PutResult.ABSENT);
    assertThat(await(store.head(dir + "x"))).isEmpty();
  }

  @Test
  void etagConditionAfterADeleteIsAbsent() {
    String etag = put("x", "first").etag();
    await(store.delete(dir + "x", ALWAYS));

    PutResult put =
        await(store.put(dir + "x", bytes("second"), PLAIN, new WriteCondition.IfEtag(etag)));

    assertThat(put).isEqualTo(PutResult.ABSENT);
    assertThat(await(store.head(dir + "x"))).isEmpty();
  }

  @Test
  void putIfAbsentAfterADeleteStores() {
    put("x", "first");
    await(store.delete(dir + "x", ALWAYS));

    PutResult put = await(store.put(dir + "x", bytes("second"), PLAIN, IF_ABSENT));

    assertThat(put.status()).isEqualTo(PutResult.Status.STORED);
    assertUnchanged("x", put.etag(), "second");
  }

  @Test
  void overwriteReplacesContentTypeAndAllMetadata() {
    put("x", "first");
    ObjectAttributes attributes = new ObjectAttributes("application/json", Map.of("version", "2"));

    await(store.put(dir + "x", bytes("{}"), attributes, ALWAYS));

    ObjectStore.WholeObject whole = await(store.getWhole(dir + "x", 100)).orElseThrow();
    assertThat(whole.bytes().toString()).isEqualTo("{}");
    assertThat(whole.head().contentType()).isEqualTo("application/json");
    assertThat(whole.head().metadata()).isEqualTo(Map.of("version", "2"));
  }

  @Test
  void metadataMayBeEmpty() {
    await(
        store.put(
            dir + "x",
            bytes("1"),
            new ObjectAttributes("application/octet-stream", Map.of()),
            ALWAYS));
    ObjectHead head = await(store.head(dir + "x")).orElseThrow();
    assertThat(head.metadata()).isEmpty();
    assertThat(head.contentType()).isEqualTo("application/octet-stream");
  }

  @Test
  void emptyObjectIsAnObject() {
    PutResult put = await(store.put(dir + "x", Payload.empty(), PLAIN, IF_ABSENT));

    assertThat(put.status()).isEqualTo(PutResult.Status.STORED);
    ObjectStore.WholeObject whole = await(store.getWhole(dir + "x", 0)).orElseThrow();
    assertThat(whole.bytes().length()).isZero();
    assertThat(whole.head().size()).isZero();
    assertThat(whole.head().metadata()).isEqualTo(PLAIN.metadata());
    assertThat(await(store.put(dir + "x", Payload.empty(), PLAIN, IF_ABSENT)))
        .isEqualTo(PutResult.REFUSED);
    PutResult over =
        await(store.put(dir + "x", bytes("1"), PLAIN, new WriteCondition.IfEtag(put.etag())));
    assertThat(over.status()).isEqualTo(PutResult.Status.STORED);
  }

  @Test
  void emptySpooledFileIsAnEmptyObject() throws Exception {
    Path file = Files.createFile(spool.resolve("empty"));
    await(store.put(dir + "x", new Payload.Spooled(file, 0), PLAIN, IF_ABSENT));
    assertThat(await(store.head(dir + "x")).orElseThrow().size()).isZero();
  }

  @Test
  void aPayloadCanBeWrittenTwiceAndStaysAsItWas() {
    Payload.InMemory payload = bytes("again");
    await(store.put(dir + "a", payload, PLAIN, ALWAYS));
    await(store.put(dir + "b", payload, PLAIN, ALWAYS));
    assertThat(content("a")).isEqualTo("again");
    assertThat(content("b")).isEqualTo("again");
    assertThat(payload.bytes().toString()).isEqualTo("again");
  }

  static Stream<String> awkwardNames() {
    return Stream.of(
        "with space",
        " leading and trailing ",
        "plus+plus",
        "percent%25",
        "percent%2Fslash",
        "100%",
        "quotes'\"",
        "amp&lt;<tag>=?#;:@,$!*()[]{}|^`~",
        "back\\slash",
        "emoji-\uD83D\uDE00-\u00E9",
        "e\u0301-decomposed",
        "control\u0001\t\n\u007F",
        "UPPER",
        "dot.",
        "deep/er/and/deeper/still",
        ".hidden",
        "n".repeat(900),
        "\u20AC".repeat(310),
        "d/".repeat(450) + "e");
  }

  @ParameterizedTest
  @MethodSource("awkwardNames")
  void anyNameRoundTripsExactly(String name) {
    assumeTrue(takesName(name), "the server does not take this name");
    String key = dir + name;
    PutResult put = await(store.put(key, bytes(name), PLAIN, IF_ABSENT));
    assertThat(put.status()).isEqualTo(PutResult.Status.STORED);
    assertThat(await(store.put(key, bytes(""), PLAIN, IF_ABSENT))).isEqualTo(PutResult.REFUSED);
    assertThat(await(store.head(key)).orElseThrow().key()).isEqualTo(key);
    assertThat(content(name)).isEqualTo(name);
    assertThat(keys(await(store.list(dir, "", 10)))).containsExactly(key);
    assertThat(keys(await(store.list(key, "", 10)))).containsExactly(key);
    assertThat(keys(await(store.list(dir, key, 10)))).isEmpty();
    await(store.delete(key, ALWAYS));
    assertThat(await(store.head(key))).isEmpty();
    assertThat(keys(await(store.list(dir, "", 10)))).isEmpty();
  }

  @Test
  void aKeyAndKeysBelowItExistSideBySide() {
    assumeTrue(keysMayNest(), "the server keeps keys as files");
    put("a", "1");
    put("a/b", "2");
    put("a/b/c", "3");
    assertThat(content("a")).isEqualTo("1");
    assertThat(content("a/b")).isEqualTo("2");
    assertThat(content("a/b/c")).isEqualTo("3");
    assertThat(names(await(store.list(dir, "", 10)))).containsExactly("a", "a/b", "a/b/c");
    await(store.delete(dir + "a/b", ALWAYS));
    assertThat(names(await(store.list(dir, "", 10)))).containsExactly("a", "a/b/c");
    await(store.delete(dir + "a", ALWAYS));
    assertThat(names(await(store.list(dir, "", 10)))).containsExactly("a/b/c");
    assertThat(content("a/b/c")).isEqualTo("3");
  }

  @Test
  void namesThatLookAlikeAreDifferentKeys() {
    List<String> names = List.of("Name", "name", "n%61me", "\u00E9", "e\u0301", "a b", "a+b");
    for (String name : names) {
      put(name, name);
    }
    for (String name : names) {
      assertThat(content(name)).isEqualTo(name);
    }
    assertThat(names(await(store.list(dir, "", 10)))).containsExactlyInAnyOrderElementsOf(names);
  }

  @Test
  void listingIsInOrderOfUtf8Bytes() {
    List<String> ordered =
        Stream.of(
                "-",
                "A",
                "Z",
                "a!",
                "a/b",
                "a0",
                "b",
                "\u00E9",
                "\u20AC",
                "\uE000",
                "\uFFFD",
                "\uD800\uDC00",
                "\uD83D\uDE00")
            // The last two come before the two in front of them by UTF-16 units.
            .filter(name -> listsByUtf8Bytes() || !Character.isSurrogate(name.charAt(0)))
            .toList();
    List<String> shuffled = new ArrayList<>(ordered);
    Collections.shuffle(shuffled, new Random(7));
    for (String name : shuffled) {
      put(name, "x");
    }
    assertThat(names(await(store.list(dir, "", 100)))).containsExactlyElementsOf(ordered);
    // The same through pages of one, where the order decides what comes next.
    List<String> paged = new ArrayList<>();
    String after = "";
    for (boolean more = true; more; ) {
      Listing page = await(store.list(dir, after, 1));
      paged.addAll(names(page));
      more = page.truncated();
      after = keys(page).get(keys(page).size() - 1);
    }
    assertThat(paged).containsExactlyElementsOf(ordered);
  }

  @Test
  void listingShowsOnlyKeysWithThePrefix() {
    for (String name : List.of("log-1", "log/1", "log/2", "logs", "lo", "m")) {
      put(name, "x");
    }
    assertThat(names(await(store.list(dir + "log/", "", 10)))).containsExactly("log/1", "log/2");
    assertThat(names(await(store.list(dir + "log", "", 10))))
        .containsExactly("log-1", "log/1", "log/2", "logs");
    assertThat(names(await(store.list(dir + "log/1", "", 10)))).containsExactly("log/1");
    assertThat(names(await(store.list(dir + "x", "", 10)))).isEmpty();
  }

  @Test
  void listingMayHaveNoPrefix() {
    put("a", "x");
    put("b", "x");
    assertThat(keys(await(store.list("", dir, 2)))).containsExactly(dir + "a", dir + "b");
    assertThat(keys(await(store.list("", "", 1)))).hasSize(1);
  }

  @Test
  void listingStartsAfterAKeyThatNeedNotExist() {
    for (String name : List.of("a", "b", "c")) {
      put(name, "x");
    }
    assertThat(names(await(store.list(dir, dir + "a", 10)))).containsExactly("b", "c");
    assertThat(names(await(store.list(dir, dir + "aa", 10)))).containsExactly("b", "c");
    assertThat(names(await(store.list(dir, dir + "c", 10)))).isEmpty();
    assertThat(names(await(store.list(dir, "!", 10)))).containsExactly("a", "b", "c");
  }

  @Test
  void pagesJoinWithoutGapOrRepetition() {
    List<String> all = IntStream.range(0, 11).mapToObj(i -> String.format("%020d", i)).toList();
    for (String name : all) {
      put(name, "x");
    }
    List<String> seen = new ArrayList<>();
    String after = "";
    for (boolean more = true; more; ) {
      Listing page = await(store.list(dir, after, 4));
      assertThat(page.objects()).hasSizeLessThanOrEqualTo(4);
      seen.addAll(names(page));
      more = page.truncated();
      after = more ? keys(page).get(keys(page).size() - 1) : "";
    }
    assertThat(seen).containsExactlyElementsOf(all);
  }

  @Test
  void aPageThatHoldsEverythingIsNotTruncated() {
    put("a", "x");
    put("b", "x");
    assertThat(await(store.list(dir, "", 3)).truncated()).isFalse();
    assertThat(await(store.list(dir, "", 2)).truncated()).isFalse();
    Listing first = await(store.list(dir, "", 1));
    assertThat(first.truncated()).isTrue();
    assertThat(names(first)).containsExactly("a");
  }

  @Test
  void rangeShowsExactlyItsBytes() {
    String etag = put("x", "0123456789").etag();
    assertThat(range("x", etag, 0, 0)).contains("0");
    assertThat(range("x", etag, 3, 6)).contains("3456");
    assertThat(range("x", etag, 9, 9)).contains("9");
    assertThat(range("x", etag, 0, 9)).contains("0123456789");
    ObjectContent part = await(store.getRange(dir + "x", etag, 3, 6)).orElseThrow();
    assertThat(part.length()).isEqualTo(4);
    assertThat(part.head().size()).isEqualTo(10);
    assertThat(part.head().etag()).isEqualTo(etag);
    assertThat(part.head().metadata()).isEqualTo(PLAIN.metadata());
    part.discard();
  }

  @Test
  void rangeOfAnotherStateIsEmpty() {
    String etag = put("x", "0123456789").etag();
    put("x", "9876543210");
    assertThat(range("x", etag, 3, 6)).isEmpty();
  }

  @Test
  void largeSpooledPayloadRoundTrips() throws Exception {
    byte[] data = random(LARGE);
    PutResult put = await(store.put(dir + "large", spooled(data), PLAIN, IF_ABSENT));
    assertThat(put.status()).isEqualTo(PutResult.Status.STORED);
    ObjectContent content = await(store.get(dir + "large")).orElseThrow();
    assertThat(content.length()).isEqualTo(LARGE);
    assertThat(Md5.of(await(content.bytes()).getBytes())).isEqualTo(Md5.of(data));
    ObjectContent tail =
        await(store.getRange(dir + "large", put.etag(), 1 << 20, LARGE - 1)).orElseThrow();
    byte[] expected = Arrays.copyOfRange(data, 1 << 20, LARGE);
    assertThat(Md5.of(await(tail.bytes()).getBytes())).isEqualTo(Md5.of(expected));
  }

  @Test
  void largeInMemoryPayloadRoundTrips() {
    byte[] data = random(LARGE);
    await(store.put(dir + "large", new Payload.InMemory(Buffer.buffer(data)), PLAIN, IF_ABSENT));
    ObjectContent content = await(store.get(dir + "large")).orElseThrow();
    assertThat(Md5.of(await(content.bytes()).getBytes())).isEqualTo(Md5.of(data));
  }

  @Test
  void aStreamDeliversNoMoreThanWasAskedFor() throws Exception {
    byte[] data = random(LARGE);
    await(store.put(dir + "large", spooled(data), PLAIN, IF_ABSENT));
    ObjectContent content = await(store.get(dir + "large")).orElseThrow();
    Promise<Buffer> done = Promise.promise();
    int[] allowance = {0};
    Context context = vertx.getOrCreateContext();
    context.runOnContext(
        start -> {
          Buffer all = Buffer.buffer();
          ReadStream<Buffer> stream = content.stream();
          stream.pause();
          stream.exceptionHandler(done::tryFail);
          stream.endHandler(end -> done.tryComplete(all));
          stream.handler(
              chunk -> {
                if (--allowance[0] < 0) {
                  done.tryFail(new AssertionError("a chunk that nobody asked for"));
                }
                all.appendBuffer(chunk);
                // Another turn of the loop: time for a chunk too many to show up.
                context.runOnContext(
                    next -> {
                      allowance[0]++;
                      stream.fetch(1);
                    });
              });
          allowance[0]++;
          stream.fetch(1);
        });
    assertThat(Md5.of(await(done.future()).getBytes())).isEqualTo(Md5.of(data));
  }

  @Test
  void aStreamIsDeliveredOnTheContextThatTakesIt() throws Exception {
    byte[] data = random(LARGE);
    await(store.put(dir + "large", spooled(data), PLAIN, IF_ABSENT));
    ObjectContent content = await(store.get(dir + "large")).orElseThrow();
    Context context = vertx.getOrCreateContext();
    Promise<Long> done = Promise.promise();
    Set<Context> seen = new HashSet<>();
    context.runOnContext(
        start -> {
          long[] bytes = {0};
          ReadStream<Buffer> stream = content.stream();
          stream.exceptionHandler(done::tryFail);
          stream.endHandler(
              end -> {
                seen.add(Vertx.currentContext());
                done.tryComplete(bytes[0]);
              });
          stream.handler(
              chunk -> {
                seen.add(Vertx.currentContext());
                bytes[0] += chunk.length();
              });
        });
    assertThat(await(done.future())).isEqualTo(LARGE);
    assertThat(seen).containsExactly(context);
  }

  @Test
  void futuresCompleteOnTheCallersContext() {
    put("x", "x");
    Context context = vertx.getOrCreateContext();
    Promise<List<Context>> done = Promise.promise();
    List<Context> seen = new ArrayList<>();
    context.runOnContext(
        start ->
            store
                .head(dir + "x")
                .onComplete(any -> seen.add(Vertx.currentContext()))
                .compose(any -> store.put(dir + "x", bytes("y"), PLAIN, ALWAYS))
                .onComplete(any -> seen.add(Vertx.currentContext()))
                .compose(any -> store.get(dir + "x"))
                .onComplete(any -> seen.add(Vertx.currentContext()))
                .compose(found -> found.orElseThrow().bytes())
                .onComplete(any -> seen.add(Vertx.currentContext()))
                .compose(any -> store.list(dir, "", 1))
                .onComplete(any -> seen.add(Vertx.currentContext()))
                .compose(any -> store.delete(dir + "x", ALWAYS))
                .onComplete(any -> seen.add(Vertx.currentContext()))
                .map(any -> seen)
                .onComplete(done));
    assertThat(await(done.future())).hasSize(6).containsOnly(context);
  }

  @Test
  void discardedContentHoldsNothing() throws Exception {
    await(store.put(dir + "large", spooled(random(LARGE)), PLAIN, IF_ABSENT));
    // More than any pool of connections or file handles that a store may have here.
    for (int i = 0; i < 150; i++) {
      await(store.get(dir + "large")).orElseThrow().discard();
    }
    assertThat(await(store.head(dir + "large"))).isPresent();
  }

  @Test
  void contentThatIsGivenUpHalfwayHoldsNothing() throws Exception {
    await(store.put(dir + "large", spooled(random(LARGE)), PLAIN, IF_ABSENT));
    Context context = vertx.getOrCreateContext();
    // More than any pool of connections or file handles that a store may have here.
    for (int i = 0; i < 150; i++) {
      ObjectContent content = await(store.get(dir + "large")).orElseThrow();
      Promise<Void> gone = Promise.promise();
      context.runOnContext(
          start -> {
            ReadStream<Buffer> stream = content.stream();
            stream.exceptionHandler(gone::tryFail);
            stream.endHandler(end -> gone.tryFail("it ended by itself"));
            stream.handler(
                chunk -> {
                  stream.handler(null);
                  // Another turn of the loop: time for a late event to show up.
                  context.runOnContext(next -> gone.tryComplete());
                });
          });
      await(gone.future());
    }
    assertThat(await(store.head(dir + "large"))).isPresent();
  }

  @Test
  void anOpenedObjectIsReadWholeOrFails() throws Exception {
    assumeTrue(atomicOverwrite(), "the server overwrites in place");
    byte[] data = random(LARGE);
    await(store.put(dir + "x", spooled(data), PLAIN, IF_ABSENT));
    ObjectContent content = await(store.get(dir + "x")).orElseThrow();
    await(
        store.put(dir + "x", new Payload.InMemory(Buffer.buffer(new byte[LARGE])), PLAIN, ALWAYS));
    await(store.delete(dir + "x", ALWAYS));
    Future<Buffer> bytes = content.bytes();
    try {
      assertThat(Md5.of(await(bytes).getBytes())).isEqualTo(Md5.of(data));
    } catch (StoreException allowed) {
      assertThat(allowed).hasMessageContaining(dir);
    }
  }

  @Test
  void whoeverAsksForAnAbsentObjectAgainAndAgainSeesWhenItComesAndGoes() {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 3; i++) {
        assertThat(await(store.getWhole(dir + "x", 10))).isEmpty();
      }
      put("x", "round " + round);
      assertThat(await(store.getWhole(dir + "x", 10)).orElseThrow().bytes().toString())
          .isEqualTo("round " + round);
      await(store.delete(dir + "x", ALWAYS));
    }
  }

  @Test
  void getWholeRefusesMoreThanItMayHold() {
    put("x", "12345");
    assertThat(await(store.getWhole(dir + "x", 5)).orElseThrow().bytes().toString())
        .isEqualTo("12345");
    assertThatThrownBy(() -> await(store.getWhole(dir + "x", 4)))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.TOO_LARGE));
  }

  @Test
  void deletedObjectIsGoneEverywhere() {
    put("x", "x");
    put("y", "y");
    assertThat(await(store.delete(dir + "x", ALWAYS))).isEqualTo(DeleteResult.DELETED);
    assertThat(await(store.head(dir + "x"))).isEmpty();
    assertThat(await(store.get(dir + "x"))).isEmpty();
    assertThat(names(await(store.list(dir, "", 10)))).containsExactly("y");
  }

  @Test
  void deletingWhatIsNotThereSucceeds() {
    assertThat(await(store.delete(dir + "none", ALWAYS)))
        .isIn(DeleteResult.DELETED, DeleteResult.ABSENT);
  }

  @Test
  void staleEtagNeverDeletes() {
    assumeTrue(store.conditionalDeletes(), "the store has no conditional deletes");
    String stale = put("x", "first").etag();
    String current = put("x", "second").etag();
    assertThat(await(store.delete(dir + "x", new WriteCondition.IfEtag(stale))))
        .isEqualTo(DeleteResult.REFUSED);
    assertUnchanged("x", current, "second");
    assertThat(await(store.delete(dir + "x", new WriteCondition.IfEtag(current))))
        .isEqualTo(DeleteResult.DELETED);
    assertThat(await(store.head(dir + "x"))).isEmpty();
    // Stores differ in what they call this; what matters is that it is no error.
    await(store.delete(dir + "x", new WriteCondition.IfEtag(current)));
    assertThat(await(store.head(dir + "x"))).isEmpty();
  }

  @Test
  void ofConcurrentPutIfAbsentsOneWins() {
    assumeTrue(atomicPutIfAbsent(), "the server's put-if-absent is not atomic");
    for (int round = 0; round < 16; round++) {
      assertOneWinner("race-" + round, IF_ABSENT);
    }
  }

  @Test
  void ofConcurrentWritesOnOneEtagOneWins() {
    assumeTrue(atomicIfMatch(), "the server's If-Match is not atomic");
    for (int round = 0; round < 16; round++) {
      String etag = put("race-" + round, "before").etag();
      assertOneWinner("race-" + round, new WriteCondition.IfEtag(etag));
    }
  }

  @Test
  void readersNeverSeeAMixtureOfTwoStates() {
    assumeTrue(atomicOverwrite(), "the server overwrites in place");
    writeState(0);
    Future<?> writes = Future.succeededFuture();
    for (int i = 1; i <= 40; i++) {
      int state = i;
      writes = writes.compose(done -> writeStateAsync(state));
    }
    List<Future<?>> reads = new ArrayList<>();
    for (int reader = 0; reader < 4; reader++) {
      reads.add(readStates(40));
    }
    await(Future.all(reads));
    await(writes);
    assertThat(content("state")).startsWith("40 ");
  }

  private void writeState(int state) {
    await(writeStateAsync(state));
  }

  private Future<PutResult> writeStateAsync(int state) {
    String text = (state + " ").repeat(1 + state * 97 % 1_000);
    return store.put(
        dir + "state",
        bytes(text),
        new ObjectAttributes(
            "text/x-" + state,
            Map.of("content-md5", Md5.of(text.getBytes(StandardCharsets.UTF_8)))),
        ALWAYS);
  }

  private Future<?> readStates(int times) {
    if (times == 0) {
      return Future.succeededFuture();
    }
    return store
        .getWhole(dir + "state", 1 << 20)
        .map(
            found -> {
              ObjectStore.WholeObject whole = found.orElseThrow();
              String text = whole.bytes().toString();
              assertThat(whole.head().size()).isEqualTo(text.length());
              assertThat(whole.head().metadata())
                  .containsEntry("content-md5", Md5.of(whole.bytes().getBytes()));
              assertThat(whole.head().contentType())
                  .isEqualTo("text/x-" + text.substring(0, text.indexOf(' ')));
              return whole;
            })
        .compose(whole -> readStates(times - 1));
  }

  private void assertOneWinner(String name, WriteCondition condition) {
    List<Future<PutResult>> writers = new ArrayList<>();
    for (int writer = 0; writer < 8; writer++) {
      Map<String, String> metadata = Map.of("write-id", "writer-" + writer);
      writers.add(
          store
              .put(
                  dir + name,
                  bytes("writer-" + writer),
                  new ObjectAttributes("text/plain", metadata),
                  condition)
              .recover(ObjectStoreContract::busyIsARefusal));
    }
    await(Future.join(writers));
    List<Integer> winners =
        IntStream.range(0, 8)
            .filter(i -> writers.get(i).result().status() == PutResult.Status.STORED)
            .boxed()
            .toList();
    assertThat(winners).as("winners of %s", name).hasSize(1);
    ObjectStore.WholeObject whole = await(store.getWhole(dir + name, 100)).orElseThrow();
    assertThat(whole.bytes().toString()).isEqualTo("writer-" + winners.get(0));
    assertThat(whole.head().metadata()).containsEntry("write-id", "writer-" + winners.get(0));
    assertThat(whole.head().etag()).isEqualTo(writers.get(winners.get(0)).result().etag());
  }

  private static Future<PutResult> busyIsARefusal(Throwable failure) {
    // S3 may answer 409 to a write that lost a race.
    return failure instanceof StoreException e && e.kind() == StoreException.Kind.BUSY
        ? Future.succeededFuture(PutResult.REFUSED)
        : Future.failedFuture(failure);
  }

  private void assertUnchanged(String name, String etag, String content) {
    ObjectStore.WholeObject whole = await(store.getWhole(dir + name, 1 << 20)).orElseThrow();
    assertThat(whole.bytes().toString()).isEqualTo(content);
    assertThat(whole.head().etag()).isEqualTo(etag);
    assertThat(whole.head().metadata()).isEqualTo(PLAIN.metadata());
    assertThat(whole.head().contentType()).isEqualTo(PLAIN.contentType());
  }

  private PutResult put(String name, String content) {
    PutResult put = await(store.put(dir + name, bytes(content), PLAIN, ALWAYS));
    assertThat(put.status()).isEqualTo(PutResult.Status.STORED);
    return put;
  }

  private String content(String name) {
    return await(store.getWhole(dir + name, 1 << 20)).orElseThrow().bytes().toString();
  }

  private Optional<String> range(String name, String etag, long first, long last) {
    return await(store.getRange(dir + name, etag, first, last))
        .map(content -> await(content.bytes()).toString());
  }

  private Payload.Spooled spooled(byte[] data) throws Exception {
    Path file = Files.write(Files.createTempFile(spool, "body", ".tmp"), data);
    return new Payload.Spooled(file, data.length);
  }

  private List<String> names(Listing listing) {
    return keys(listing).stream().map(key -> key.substring(dir.length())).toList();
  }

  private static List<String> keys(Listing listing) {
    return listing.objects().stream().map(Listing.Item::key).toList();
  }

  private static byte[] random(int size) {
    byte[] data = new byte[size];
    new Random(size).nextBytes(data);
    return data;
  }

  static Payload.InMemory bytes(String text) {
    return new Payload.InMemory(Buffer.buffer(text));
  }

  /** Waits for a result; a failure is thrown as it is. */
  static <T> T await(Future<T> future) {
    try {
      return future.await(60, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("nothing within 60 seconds", e);
    }
  }
}
