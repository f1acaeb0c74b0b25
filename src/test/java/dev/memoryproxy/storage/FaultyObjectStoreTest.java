package dev.memoryproxy.storage;

import static dev.memoryproxy.storage.FaultyObjectStore.Operation.GET;
import static dev.memoryproxy.storage.FaultyObjectStore.Operation.HEAD;
import static dev.memoryproxy.storage.FaultyObjectStore.Operation.PUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FaultyObjectStoreTest {
  private final MemoryObjectStore memory = new MemoryObjectStore(TimeSource.SYSTEM);
  private final FaultyObjectStore faulty = new FaultyObjectStore(memory);

  @Test
  void failuresBeforeTheEffectLeaveNothingAndEndAfterTheirNumber() {
    faulty.next(2, PUT, "a"::equals).failBefore(StoreException.Kind.BUSY);

    assertThat(kindOf(put("b"))).isEmpty();
    assertThat(kindOf(put("a"))).contains(StoreException.Kind.BUSY);
    assertThat(kindOf(put("a"))).contains(StoreException.Kind.BUSY);
    assertThat(exists("a")).isFalse();
    assertThat(kindOf(put("a"))).isEmpty();
    assertThat(exists("a")).isTrue();
  }

  @Test
  void aLostAnswerHasTakenEffect() {
    faulty.next(PUT).failAfter(StoreException.Kind.AMBIGUOUS);

    assertThat(kindOf(put("a"))).contains(StoreException.Kind.AMBIGUOUS);
    assertThat(exists("a")).isTrue();
  }

  @Test
  void aLostContentHoldsNoConnection() {
    put("a");
    faulty.next(GET).failAfter(StoreException.Kind.AMBIGUOUS);

    assertThat(kindOf(faulty.get("a"))).contains(StoreException.Kind.AMBIGUOUS);
    assertThat(memory.unreleased()).isZero();
  }

  @Test
  void aGateBeforeTheEffectHoldsTheEffect() {
    FaultyObjectStore.Gate gate = faulty.next(PUT).holdBefore();
    Future<PutResult> held = put("a");

    assertThat(gate.reached().succeeded()).isTrue();
    assertThat(exists("a")).isFalse();
    assertThat(held.isComplete()).isFalse();
    gate.release();
    assertThat(held.result().status()).isEqualTo(PutResult.Status.STORED);
    assertThat(exists("a")).isTrue();
  }

  @Test
  void aGateThatFailsBeforeTheEffectPreventsIt() {
    FaultyObjectStore.Gate gate = faulty.next(PUT).holdBefore();
    Future<PutResult> held = put("a");

    gate.fail(StoreException.Kind.AMBIGUOUS);

    assertThat(kindOf(held)).contains(StoreException.Kind.AMBIGUOUS);
    assertThat(exists("a")).isFalse();
  }

  @Test
  void aGateAfterTheEffectHoldsTheAnswer() {
    FaultyObjectStore.Gate gate = faulty.next(PUT).holdAfter();
    Future<PutResult> held = put("a");

    assertThat(gate.reached().succeeded()).isTrue();
    assertThat(exists("a")).isTrue();
    assertThat(held.isComplete()).isFalse();
    gate.fail(StoreException.Kind.AMBIGUOUS);
    assertThat(kindOf(held)).contains(StoreException.Kind.AMBIGUOUS);
  }

  @Test
  void callsAreCountedAndRecordedWithTheirOutcome() {
    faulty.next(HEAD).failBefore(StoreException.Kind.DENIED);
    put("a");
    faulty.head("a");
    faulty.head("b");

    assertThat(faulty.count(PUT)).isEqualTo(1);
    assertThat(faulty.count(HEAD)).isEqualTo(2);
    assertThat(faulty.count()).isEqualTo(3);
    assertThat(faulty.history())
        .extracting(FaultyObjectStore.Call::key)
        .containsExactly("a", "a", "b");
    assertThat(faulty.history().get(1).outcome()).contains("DENIED");
    assertThat(faulty.history().get(2).outcome()).isEqualTo("Optional.empty");
  }

  private Future<PutResult> put(String key) {
    return faulty.put(
        key,
        new Payload.InMemory(Buffer.buffer("x")),
        new ObjectAttributes("text/plain", Map.of()),
        new WriteCondition.None());
  }

  private boolean exists(String key) {
    return memory.head(key).result().isPresent();
  }

  private static Optional<StoreException.Kind> kindOf(Future<?> future) {
    assertThat(future.isComplete()).isTrue();
    return future.succeeded()
        ? Optional.empty()
        : Optional.of(((StoreException) future.cause()).kind());
  }
}
