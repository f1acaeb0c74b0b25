package dev.memoryproxy.index;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Those who wait for a namespace's memory to show what was acknowledged before they came. They are
 * told by tasks that the caller runs when its own state is in order again. Belongs to the index's
 * thread.
 */
final class Readers {
  private final List<Reader> waiting = new ArrayList<>();

  /**
   * @param arrival the ticket drawn when it came
   * @param internal whether it is the index's own work, which goes on while others must wait for a
   *     repair
   */
  private record Reader(long arrival, boolean internal, Promise<Void> answer) {
    boolean mayBeServed(boolean repairing) {
      return internal || !repairing;
    }
  }

  Future<Void> add(long arrival, boolean internal) {
    Promise<Void> answer = Promise.promise();
    waiting.add(new Reader(arrival, internal, answer));
    return answer.future();
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** When the last one came of those who wait; 0 when nobody does. */
  long newest() {
    return waiting.isEmpty() ? 0 : waiting.get(waiting.size() - 1).arrival();
  }

  /** Whether anybody is waiting who may be served. */
  boolean wantLook(boolean repairing) {
    return waiting.stream().anyMatch(reader -> reader.mayBeServed(repairing));
  }

  /**
   * Lets those go who came before a look.
   *
   * @param shown the ticket drawn before the look began
   */
  List<Runnable> serve(long shown, boolean repairing) {
    return release(
        reader -> reader.arrival() < shown && reader.mayBeServed(repairing),
        reader -> reader.answer().tryComplete());
  }

  /** Lets all go with a failure. */
  List<Runnable> fail(Throwable cause) {
    return release(any -> true, reader -> reader.answer().tryFail(cause));
  }

  /** The same for those who wait for a repair. */
  List<Runnable> failThoseWhoWaitForRepair(Throwable cause) {
    return release(reader -> !reader.internal(), reader -> reader.answer().tryFail(cause));
  }

  private List<Runnable> release(Predicate<Reader> which, Consumer<Reader> tell) {
    List<Runnable> told = new ArrayList<>();
    waiting.removeIf(
        reader -> {
          boolean goes = which.test(reader);
          if (goes) {
            told.add(() -> tell.accept(reader));
          }
          return goes;
        });
    return told;
  }
}
