package dev.memoryproxy.storage;

import static dev.memoryproxy.s3server.S3Operation.DELETE;
import static dev.memoryproxy.s3server.S3Operation.GET;
import static dev.memoryproxy.s3server.S3Operation.HEAD;
import static dev.memoryproxy.s3server.S3Operation.LIST;
import static dev.memoryproxy.s3server.S3Operation.PUT;
import static dev.memoryproxy.storage.ObjectStoreContract.await;
import static dev.memoryproxy.storage.ObjectStoreContract.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.s3server.Fault;
import dev.memoryproxy.s3server.S3Modes.Conditions;
import dev.memoryproxy.s3server.S3Modes.Etags;
import dev.memoryproxy.storage.StoreException.Kind;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConditionProbeTest extends StrictServerFixture {
  private static final ObjectAttributes PLAIN = new ObjectAttributes("text/plain", Map.of());

  /** Waits pass on this clock only, so patience ends without time passing. */
  private final TimeSource clock =
      new TimeSource() {
        @Override
        public long wallMillis() {
          return 0;
        }

        @Override
        public long monotonicNanos() {
          return waits.stream().mapToLong(Duration::toNanos).sum();
        }
      };

  @Test
  void anHonestStoreHasEverythingAndKeepsNothing() {
    Capabilities capabilities = await(probe().run());
    assertThat(capabilities.findings()).isEmpty();
    assertThat(capabilities.conditionalWrites()).isTrue();
    assertThat(capabilities.conditionalDeletes()).isTrue();
    assertThat(server.objects()).isZero();
  }

  @Test
  void onlyReservedKeysUnderThePrefixAreTouched() {
    await(store.put("memory/file", bytes("x"), PLAIN, new WriteCondition.None()));
    server.onCall(
        call -> {
          if (call.operation() != LIST && !call.key().isEmpty()) {
            assertThat(call.key()).startsWith("memory/.sync-probe-");
          }
        });
    assertThat(await(probe().run()).conditionalWrites()).isTrue();
    assertThat(server.objects()).isEqualTo(1);
  }

  @Test
  void aStoreThatIgnoresConditionsIsFound() {
    server.modes().writes(Conditions.IGNORED);
    Capabilities capabilities = await(probe().run());
    assertThat(capabilities.conditionalWrites()).isFalse();
    assertThat(capabilities.findings())
        .contains(
            "put-if-absent overwrote an object",
            "a stale ETag overwrote an object",
            "an ETag condition created a missing object");
    assertThat(server.objects()).isZero();
  }

  @Test
  void aRacyStoreIsFound() {
    server.modes().writes(Conditions.RACY);
    Capabilities capabilities = await(probe().run());
    assertThat(capabilities.conditionalWrites()).isFalse();
    assertThat(capabilities.findings()).allMatch(finding -> finding.contains("winners"));
    assertThat(server.objects()).isZero();
  }

  @Test
  void aStoreWithoutConditionalWritesIsFound() {
    server.modes().writes(Conditions.UNSUPPORTED);
    Capabilities capabilities = await(probe().run());
    assertThat(capabilities.conditionalWrites()).isFalse();
    assertThat(capabilities.findings()).containsExactly("conditional writes are not implemented");
    assertThat(server.objects()).isZero();
  }

  @Test
  void missingConditionalDeletesAreFoundWithoutDegradingWrites() {
    for (Conditions mode : new Conditions[] {Conditions.IGNORED, Conditions.UNSUPPORTED}) {
      server.modes().deletes(mode);
      Capabilities capabilities = await(probe().run());
      assertThat(capabilities.conditionalWrites()).isTrue();
      assertThat(capabilities.conditionalDeletes()).isFalse();
      assertThat(capabilities.findings()).hasSize(1);
    }
  }

  @Test
  void uniqueEtagsAreBelievedOnlyWhenEqualContentGotTwo() {
    assertThat(await(probe().run()).uniqueEtags()).isFalse();
    server.modes().etags(Etags.OPAQUE);
    Capabilities capabilities = await(probe().run());
    assertThat(capabilities.uniqueEtags()).isTrue();
    assertThat(capabilities.conditionalDeletes()).isTrue();
    assertThat(capabilities.findings()).isEmpty();
    assertThat(store.probed(capabilities).uniqueEtags()).isTrue();
    assertThat(new SingleWriterStore(store.probed(capabilities)).uniqueEtags()).isFalse();
    assertThat(server.objects()).isZero();
  }

  @Test
  void deletesThatRaceWithWritesAreFoundWhereEtagsAreUnique() {
    server.modes().etags(Etags.OPAQUE).deletes(Conditions.RACY);
    Capabilities capabilities = await(probe().run());
    assertThat(capabilities.conditionalDeletes()).isFalse();
    assertThat(capabilities.findings())
        .containsExactly("a delete and a write had the same ETag condition");
  }

  @Test
  void aBusyStoreIsAskedAgainAndNotDegraded() {
    server.inject(Fault.on(PUT, LIST, HEAD, DELETE).skip(1).times(20).answer(503));
    server.inject(Fault.on(PUT).skip(30).times(10).drop(Fault.Point.AFTER));
    server.inject(Fault.on(PUT).skip(80).times(10).answer(409));
    Capabilities capabilities = await(probe().run());
    assertThat(capabilities.findings()).isEmpty();
    assertThat(capabilities.conditionalWrites()).isTrue();
  }

  @Test
  void aStoreThatStaysBusyFailsTheStartAndIsNotDegraded() {
    server.inject(Fault.on(PUT).answer(503));
    StoreException failure = failure(probe().run());
    assertThat(failure.kind()).isEqualTo(Kind.THROTTLED);
    assertThat(failure).hasMessageContaining("start-up probe").hasMessageContaining("503");
    assertThat(clock.monotonicNanos()).isGreaterThanOrEqualTo(Duration.ofSeconds(20).toNanos());
  }

  @Test
  void aMissingListPermissionIsNamed() {
    server.modes().listingForbidden(true);
    StoreException failure = failure(probe().run());
    assertThat(failure.kind()).isEqualTo(Kind.DENIED);
    assertThat(failure).hasMessageContaining("s3:ListBucket");
    assertThat(server.counts().of(PUT)).isZero();
  }

  @Test
  void anAbsentKeyThatLooksForbiddenIsNamed() {
    server.inject(Fault.on(HEAD, GET).answer(403));
    assertThat(failure(probe().run())).hasMessageContaining("s3:ListBucket");
  }

  @Test
  void aMissingBucketIsNamed() {
    server.deleteBucket(server.bucket());
    StoreException failure = failure(probe().run());
    assertThat(failure.kind()).isEqualTo(Kind.NO_BUCKET);
    assertThat(failure).hasMessageContaining("S3_BUCKET");
  }

  @Test
  void leftoversOfKilledProbesAreRemovedButNotThoseOfAYoungOne() {
    put("memory/.sync-probe-old-1");
    server.modes().clockOffsetMillis(Duration.ofHours(2).toMillis());
    put("memory/.sync-probe-young-1");
    await(probe().run());
    assertThat(await(store.head("memory/.sync-probe-old-1"))).isEmpty();
    assertThat(await(store.head("memory/.sync-probe-young-1"))).isPresent();
  }

  private void put(String key) {
    Future<PutResult> put = store.put(key, bytes("x"), PLAIN, new WriteCondition.None());
    assertThat(await(put).status()).isEqualTo(PutResult.Status.STORED);
  }

  private ConditionProbe probe() {
    return new ConditionProbe(
        store, "memory", backoff(new Random()), clock, Duration.ofSeconds(20));
  }
}
