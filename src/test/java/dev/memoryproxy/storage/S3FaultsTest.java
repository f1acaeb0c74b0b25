package dev.memoryproxy.storage;

import static dev.memoryproxy.s3server.S3Operation.DELETE;
import static dev.memoryproxy.s3server.S3Operation.GET;
import static dev.memoryproxy.s3server.S3Operation.HEAD;
import static dev.memoryproxy.s3server.S3Operation.HEAD_BUCKET;
import static dev.memoryproxy.s3server.S3Operation.LIST;
import static dev.memoryproxy.s3server.S3Operation.PUT;
import static dev.memoryproxy.storage.ObjectStoreContract.await;
import static dev.memoryproxy.storage.ObjectStoreContract.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.s3server.Fault;
import dev.memoryproxy.s3server.S3Modes;
import dev.memoryproxy.s3server.StrictS3Server;
import dev.memoryproxy.storage.StoreException.Kind;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the S3 store makes of a server that misbehaves. */
@Timeout(60)
class S3FaultsTest {
  private static final String SECRET = "the-secret-that-must-not-show";
  private static final ObjectAttributes PLAIN = new ObjectAttributes("text/plain", Map.of());
  private static final WriteCondition ALWAYS = new WriteCondition.None();
  private static final WriteCondition IF_ABSENT = new WriteCondition.IfAbsent();
  private static final WriteCondition STALE = new WriteCondition.IfEtag(Md5.OF_NOTHING);

  private static Vertx vertx;
  private static StrictS3Server server;
  private final List<ObjectStore> opened = new ArrayList<>();
  private S3ObjectStore store;

  @BeforeAll
  static void startServer() {
    vertx = Vertx.vertx();
    server = StrictS3Server.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
    await(vertx.close());
  }

  @BeforeEach
  void open() {
    server.clearFaults();
    server.modes().writes(S3Modes.Conditions.HONOURED).listingForbidden(false);
    server.modes().etags(S3Modes.Etags.MD5).clockOffsetMillis(0);
    server.deleteBucket(server.bucket());
    server.createBucket(server.bucket());
    server.onCall(call -> {});
    server.counts().reset();
    store = open(settings(server.bucket(), server.accessKey()));
  }

  @AfterEach
  void close() {
    opened.forEach(each -> await(each.close()));
  }

  @ParameterizedTest
  @CsvSource({
    "403, '', DENIED",
    "401, '', DENIED",
    "400, ExpiredToken, DENIED",
    "409, '', BUSY",
    "429, '', THROTTLED",
    "503, '', THROTTLED",
    "503, ServiceUnavailable, THROTTLED",
    "400, SlowDown, THROTTLED",
    "400, RequestTimeout, BUSY",
    "500, '', AMBIGUOUS",
    "502, '', AMBIGUOUS",
    "504, '', AMBIGUOUS",
    "501, '', UNSUPPORTED",
    "507, '', NO_SPACE",
    "404, NoSuchBucket, NO_BUCKET",
    "400, InvalidArgument, OTHER",
    "301, PermanentRedirect, OTHER"
  })
  void everyStatusHasItsKindAndIsNotRetried(int status, String code, Kind kind) {
    server.inject(Fault.on(PUT, GET, LIST, DELETE).answer(status, code));
    assertThat(failure(store.put("x", bytes("x"), PLAIN, ALWAYS)).kind()).isEqualTo(kind);
    assertThat(failure(store.get("x")).kind()).isEqualTo(kind);
    assertThat(failure(store.list("", "", 1)).kind()).isEqualTo(kind);
    assertThat(failure(store.delete("x", ALWAYS)).kind()).isEqualTo(kind);
    assertThat(server.counts().total()).isEqualTo(4);
  }

  @Test
  void aHeadHasNoBodyAndStillTheRightKind() {
    server.inject(Fault.on(HEAD).times(1).answer(503));
    assertThat(failure(store.head("x")).kind()).isEqualTo(Kind.THROTTLED);
    server.inject(Fault.on(HEAD).times(1).answer(403));
    assertThat(failure(store.head("x")).kind()).isEqualTo(Kind.DENIED);
  }

  @Test
  void anUnknownKeyIdIsNamed() {
    S3ObjectStore stranger = open(settings(server.bucket(), "stranger"));
    StoreException denied = failure(stranger.put("x", bytes("x"), PLAIN, ALWAYS));
    assertThat(denied.kind()).isEqualTo(Kind.DENIED);
    assertThat(denied).hasMessageContaining("AWS_ACCESS_KEY_ID");
    assertThat(failure(stranger.head("x")).kind()).isEqualTo(Kind.DENIED);
  }

  @Test
  void aWrongSecretIsNamedAndNeverShown() {
    server.inject(Fault.on(PUT).answer(403, "SignatureDoesNotMatch"));
    StoreException denied = failure(store.put("x", bytes("x"), PLAIN, ALWAYS));
    assertThat(denied).hasMessageContaining("AWS_SECRET_ACCESS_KEY");
    for (Throwable cause = denied; cause != null; cause = cause.getCause()) {
      assertThat(cause.toString()).doesNotContain(SECRET);
    }
    assertThat(settings("b", "k").toString()).doesNotContain(SECRET);
  }

  @Test
  void aMissingBucketIsNotAMissingObject() {
    S3ObjectStore lost = open(settings("no-such-bucket", server.accessKey()));
    for (StoreException failure :
        List.of(
            failure(lost.head("x")),
            failure(lost.get("x")),
            failure(lost.put("x", bytes("x"), PLAIN, ALWAYS)),
            failure(lost.put("x", bytes("x"), PLAIN, STALE)),
            failure(lost.list("", "", 1)),
            failure(lost.delete("x", ALWAYS)))) {
      assertThat(failure.kind()).isEqualTo(Kind.NO_BUCKET);
      assertThat(failure).hasMessageContaining("S3_BUCKET");
    }
  }

  @Test
  void aHeadOfAnAbsentKeyAsksForTheBucketOnlyOnce() {
    await(store.head("x"));
    await(store.head("x"));
    await(store.head("y"));
    assertThat(server.counts().of(HEAD)).isEqualTo(3);
    assertThat(server.counts().of(HEAD_BUCKET)).isEqualTo(1);
  }

  @Test
  void aBucketThatVanishesIsNoticed() {
    await(store.head("x"));
    server.deleteBucket(server.bucket());
    assertThat(failure(store.get("x")).kind()).isEqualTo(Kind.NO_BUCKET);
    assertThat(failure(store.head("x")).kind()).isEqualTo(Kind.NO_BUCKET);
  }

  @Test
  void withoutListPermissionAnAbsentKeyIsDenied() {
    server.modes().listingForbidden(true);
    assertThat(failure(store.head("x")).kind()).isEqualTo(Kind.DENIED);
    assertThat(failure(store.get("x"))).hasMessageContaining("s3:ListBucket");
  }

  @Test
  void aDroppedReplyIsAmbiguousAndTheWriteStands() {
    server.inject(Fault.on(PUT).times(1).drop(Fault.Point.AFTER));
    StoreException lost = failure(store.put("x", bytes("kept"), PLAIN, IF_ABSENT));
    assertThat(lost.kind()).isEqualTo(Kind.AMBIGUOUS);
    assertThat(lost.ambiguous()).isTrue();
    assertThat(await(store.getWhole("x", 10)).orElseThrow().bytes().toString()).isEqualTo("kept");
    server.inject(Fault.on(DELETE).times(1).drop(Fault.Point.AFTER));
    assertThat(failure(store.delete("x", ALWAYS)).kind()).isEqualTo(Kind.AMBIGUOUS);
    assertThat(await(store.head("x"))).isEmpty();
  }

  @Test
  void aRequestThatIsDroppedUnservedIsAmbiguousToo() {
    server.inject(Fault.on(PUT).times(1).drop(Fault.Point.BEFORE));
    assertThat(failure(store.put("x", bytes("x"), PLAIN, ALWAYS)).kind()).isEqualTo(Kind.AMBIGUOUS);
    assertThat(await(store.head("x"))).isEmpty();
  }

  @Test
  void aRequestBeyondItsDeadlineIsAmbiguous() {
    S3ObjectStore hasty = open(quick(server.endpoint(), 8));
    Fault held = server.inject(Fault.on(PUT, GET).park(Fault.Point.BEFORE));
    assertThat(failure(hasty.put("x", bytes("x"), PLAIN, ALWAYS)).kind()).isEqualTo(Kind.AMBIGUOUS);
    assertThat(failure(hasty.get("x")).kind()).isEqualTo(Kind.AMBIGUOUS);
    server.remove(held);
  }

  @Test
  void aRefusedConnectionIsBusyAndTheStoreRecovers() {
    await(store.put("x", bytes("x"), PLAIN, ALWAYS));
    server.stop();
    StoreException refused = failure(store.get("x"));
    // A connection from the pool may break before a new one is refused.
    if (refused.kind() == Kind.AMBIGUOUS) {
      refused = failure(store.get("x"));
    }
    assertThat(refused.kind()).isEqualTo(Kind.UNREACHABLE);
    assertThat(refused).hasMessageContaining("S3_ENDPOINT_URL");
    assertThat(failure(store.put("x", bytes("y"), PLAIN, ALWAYS)).kind())
        .isEqualTo(Kind.UNREACHABLE);
    server.listen();
    assertThat(await(store.getWhole("x", 10)).orElseThrow().bytes().toString()).isEqualTo("x");
  }

  @Test
  void anAddressWhereNobodyListensIsUnreachable() throws IOException {
    int port;
    try (ServerSocket unused = new ServerSocket(0)) {
      port = unused.getLocalPort();
    }
    assertUnreachable(open(at(URI.create("http://127.0.0.1:" + port))));
    assertUnreachable(open(at(URI.create("http://nowhere.invalid:" + port))));
  }

  /** On a machine with other work a request may wait all its time for a connection first. */
  private static void assertUnreachable(S3ObjectStore nowhere) {
    StoreException refused = failure(nowhere.put("x", bytes("x"), PLAIN, ALWAYS));
    for (int again = 0; again < 3 && refused.kind() == Kind.BUSY; again++) {
      refused = failure(nowhere.put("x", bytes("x"), PLAIN, ALWAYS));
    }
    assertThat(refused.kind()).isEqualTo(Kind.UNREACHABLE);
  }

  @Test
  void anExhaustedPoolIsBusyAndNothingWasSent() throws Exception {
    S3ObjectStore narrow = open(quick(server.endpoint(), 1));
    Fault held = server.inject(Fault.on(PUT).keys("held").park(Fault.Point.BEFORE));
    Future<PutResult> first = narrow.put("held", bytes("x"), PLAIN, ALWAYS);
    held.awaitParked(1);
    StoreException crowded = failure(narrow.put("other", bytes("x"), PLAIN, ALWAYS));
    assertThat(crowded.kind()).isEqualTo(Kind.BUSY);
    assertThat(server.counts().of(PUT)).isEqualTo(1);
    server.remove(held);
    // Either outcome: the deadline of the held request may have passed meanwhile.
    first.otherwiseEmpty().await();
    await(narrow.put("other", bytes("x"), PLAIN, ALWAYS));
  }

  @Test
  void contentThatEndsEarlyFailsTheStream() {
    byte[] data = new byte[1 << 20];
    await(store.put("x", new Payload.InMemory(Buffer.buffer(data)), PLAIN, ALWAYS));
    server.inject(Fault.on(GET).times(1).truncate(300_000));
    StoreException cut = failure(store.get("x").compose(found -> found.orElseThrow().bytes()));
    assertThat(cut.kind()).isEqualTo(Kind.AMBIGUOUS);
    assertThat(cut).hasMessageContaining("broke off");
  }

  @Test
  void aTrickledBodyArrivesWhole() {
    await(store.put("x", bytes("0123456789"), PLAIN, ALWAYS));
    server.inject(Fault.on(GET).times(1).trickle(3, 1));
    assertThat(await(store.getWhole("x", 10)).orElseThrow().bytes().toString())
        .isEqualTo("0123456789");
  }

  @Test
  void aPausedStreamStopsThePull() throws Exception {
    byte[] data = new byte[64 << 20];
    await(store.put("x", new Payload.InMemory(Buffer.buffer(data)), PLAIN, ALWAYS));
    ObjectContent content = await(store.get("x")).orElseThrow();
    Context context = vertx.getOrCreateContext();
    Promise<ReadStream<Buffer>> paused = Promise.promise();
    Promise<Long> ended = Promise.promise();
    long[] received = {0};
    context.runOnContext(
        start -> {
          ReadStream<Buffer> stream = content.stream();
          stream.exceptionHandler(ended::tryFail);
          stream.endHandler(end -> ended.tryComplete(received[0]));
          stream.handler(
              chunk -> {
                received[0] += chunk.length();
                if (paused.tryComplete(stream)) {
                  stream.pause();
                }
              });
        });
    ReadStream<Buffer> stream = await(paused.future());
    // Time enough, in requests served, for whatever still flows to have flowed.
    for (int i = 0; i < 100; i++) {
      await(store.head("x"));
    }
    assertThat(server.counts().bytesOut(GET)).isLessThan(data.length / 2);
    stream.resume();
    assertThat(await(ended.future())).isEqualTo(data.length);
  }

  @Test
  void lettingGoOfAStreamFreesItsConnection() throws Exception {
    await(store.put("x", new Payload.InMemory(Buffer.buffer(new byte[8 << 20])), PLAIN, ALWAYS));
    S3ObjectStore narrow = open(quick(server.endpoint(), 1));
    Context context = vertx.getOrCreateContext();
    for (int i = 0; i < 5; i++) {
      ObjectContent content = await(narrow.get("x")).orElseThrow();
      Promise<Void> gone = Promise.promise();
      context.runOnContext(
          start -> {
            ReadStream<Buffer> stream = content.stream();
            stream.handler(
                chunk -> {
                  stream.handler(null);
                  gone.tryComplete();
                });
          });
      await(gone.future());
    }
    assertThat(await(narrow.head("x"))).isPresent();
  }

  @Test
  void aHandlerThatThrowsFailsTheStream() {
    await(store.put("x", bytes("x"), PLAIN, ALWAYS));
    ObjectContent content = await(store.get("x")).orElseThrow();
    Promise<Void> done = Promise.promise();
    vertx
        .getOrCreateContext()
        .runOnContext(
            start -> {
              ReadStream<Buffer> stream = content.stream();
              stream.exceptionHandler(done::tryFail);
              stream.endHandler(end -> done.tryComplete());
              stream.handler(
                  chunk -> {
                    throw new IllegalStateException("thrown by the handler");
                  });
            });
    Throwable thrown =
        catchThrowableOfType(IllegalStateException.class, () -> await(done.future()));
    assertThat(thrown).hasMessage("thrown by the handler");
  }

  @Test
  void aPayloadFileThatIsGoneIsSaidSo(@TempDir Path spool) {
    StoreException gone =
        failure(store.put("x", new Payload.Spooled(spool.resolve("none"), 5), PLAIN, ALWAYS));
    assertThat(gone.kind()).isEqualTo(Kind.OTHER);
    assertThat(gone).hasMessageContaining("file");
    assertThat(await(store.head("x"))).isEmpty();
  }

  @Test
  void requestsGoOutOnceAndUnframed(@TempDir Path spool) throws Exception {
    List<Map.Entry<String, String>> headers = new CopyOnWriteArrayList<>();
    server.onCall(call -> headers.addAll(call.headers().entries()));
    Path file = Files.write(spool.resolve("f"), new byte[3 << 20]);
    await(store.put("a", bytes("12345"), PLAIN, IF_ABSENT));
    await(store.put("b", new Payload.Spooled(file, 3 << 20), PLAIN, IF_ABSENT));
    assertThat(server.counts().total()).isEqualTo(2);
    assertThat(server.counts().bytesIn(PUT)).isEqualTo(5 + (3 << 20));
    assertThat(headers)
        .noneMatch(header -> header.getKey().equalsIgnoreCase("Expect"))
        .noneMatch(header -> header.getValue().contains("aws-chunked"))
        .noneMatch(header -> header.getKey().startsWith("x-amz-checksum"));
  }

  @Test
  void anAbsentObjectIsAskedForWithTheSameSignatureUntilItIsThere() {
    List<String> invocations = new CopyOnWriteArrayList<>();
    server.onCall(call -> invocations.add(call.headers().get("amz-sdk-invocation-id")));
    for (int i = 0; i < 3; i++) {
      assertThat(await(store.getWhole("x", 10))).isEmpty();
    }
    assertThat(invocations).hasSize(3).containsOnly(invocations.get(0));
    await(store.put("x", bytes("x"), PLAIN, ALWAYS));
    assertThat(await(store.getWhole("x", 10)).orElseThrow().bytes().toString()).isEqualTo("x");
    await(store.delete("x", ALWAYS));
    invocations.clear();
    assertThat(await(store.getWhole("x", 10))).isEmpty();
    assertThat(await(store.getWhole("x", 10))).isEmpty();
    assertThat(invocations).hasSize(2).containsOnly(invocations.get(0));
  }

  @ParameterizedTest
  @CsvSource({
    "403, '', DENIED",
    "503, '', THROTTLED",
    "500, '', AMBIGUOUS",
    "404, NoSuchBucket, NO_BUCKET"
  })
  void aFailureThatARepeatedRequestMeetsIsTheSdksToJudge(int status, String code, Kind kind) {
    assertThat(await(store.getWhole("x", 10))).isEmpty();
    server.inject(Fault.on(GET).answer(status, code));
    assertThat(failure(store.getWhole("x", 10)).kind()).isEqualTo(kind);
    server.clearFaults();
    assertThat(await(store.getWhole("x", 10))).isEmpty();
    server.inject(Fault.on(GET).times(1).drop(Fault.Point.BEFORE));
    // Not repeated while it rests: the SDK meets the fault.
    assertThat(failure(store.getWhole("x", 10)).kind()).isEqualTo(Kind.AMBIGUOUS);
  }

  @Test
  void storeTimeIsTheStoresClock() {
    server.modes().clockOffsetMillis(Duration.ofDays(3).toMillis());
    await(store.put("x", bytes("x"), PLAIN, ALWAYS));
    ObjectHead head = await(store.head("x")).orElseThrow();
    long ahead = head.storeTime() - System.currentTimeMillis();
    assertThat(ahead).isGreaterThan(Duration.ofDays(2).toMillis());
    assertThat(head.lastModified()).isLessThanOrEqualTo(head.storeTime());
    assertThat(await(store.list("", "", 1)).storeTime()).isGreaterThanOrEqualTo(head.storeTime());
  }

  @Test
  void etagsNeedNotBeDigests() {
    server.modes().etags(S3Modes.Etags.OPAQUE);
    String first = await(store.put("x", bytes("x"), PLAIN, ALWAYS)).etag();
    String second =
        await(store.put("x", bytes("x"), PLAIN, new WriteCondition.IfEtag(first))).etag();
    assertThat(second).isNotEqualTo(first);
    assertThat(await(store.put("x", bytes("x"), PLAIN, new WriteCondition.IfEtag(first))))
        .isEqualTo(PutResult.REFUSED);
  }

  @Test
  void conditionalDeletesCanBeTakenAway() {
    ObjectStore without = store.probed(new Capabilities(true, false, false, List.of()));
    assertThat(without.conditionalDeletes()).isFalse();
    assertThat(failure(without.delete("x", STALE)).kind()).isEqualTo(Kind.UNSUPPORTED);
    assertThat(failure(store.delete("x", IF_ABSENT)).kind()).isEqualTo(Kind.UNSUPPORTED);
    assertThat(server.counts().total()).isZero();
  }

  private S3ObjectStore open(S3Settings settings) {
    S3ObjectStore store = S3ObjectStore.open(vertx, settings);
    opened.add(store);
    return store;
  }

  private static S3Settings settings(String bucket, String accessKey) {
    return S3Settings.withDefaults(server.endpoint(), "us-east-1", bucket, accessKey, SECRET);
  }

  private static S3Settings at(URI endpoint) {
    return S3Settings.withDefaults(
        endpoint, "us-east-1", server.bucket(), server.accessKey(), SECRET);
  }

  private static S3Settings quick(URI endpoint, int connections) {
    return new S3Settings(
        endpoint,
        "us-east-1",
        server.bucket(),
        server.accessKey(),
        SECRET,
        connections,
        Duration.ofSeconds(2),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(3),
        Duration.ofSeconds(10));
  }

  private static StoreException failure(Future<?> future) {
    return catchThrowableOfType(StoreException.class, () -> await(future));
  }
}
