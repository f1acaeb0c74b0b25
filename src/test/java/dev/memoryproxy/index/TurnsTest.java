package dev.memoryproxy.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import org.junit.jupiter.api.Test;

class TurnsTest {
  @Test
  void soManyAtATimeInOrderAndTheFirstBeforeTheOthers() {
    Turns turns = new Turns(2);
    Future<Turns.Turn> a = turns.take(false);
    Future<Turns.Turn> b = turns.take(false);
    Future<Turns.Turn> c = turns.take(false);
    Future<Turns.Turn> d = turns.take(false);
    Future<Turns.Turn> first = turns.take(true);
    assertThat(a.isComplete() && b.isComplete()).isTrue();
    assertThat(c.isComplete() || first.isComplete()).isFalse();
    b.result().end();
    assertThat(first.isComplete()).isTrue();
    assertThat(c.isComplete()).isFalse();
    a.result().end();
    assertThat(c.isComplete()).isTrue();
    assertThat(d.isComplete()).isFalse();
  }

  @Test
  void aTurnThatEndsTwiceFreesOnePlace() {
    Turns turns = new Turns(1);
    Turns.Turn turn = turns.take(false).result();
    Future<Turns.Turn> b = turns.take(false);
    Future<Turns.Turn> c = turns.take(false);
    turn.end();
    turn.end();
    assertThat(b.isComplete()).isTrue();
    assertThat(c.isComplete()).isFalse();
  }
}
