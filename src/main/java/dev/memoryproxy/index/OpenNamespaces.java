package dev.memoryproxy.index;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.ProxyError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The namespaces that are in memory: opened by whoever asks first, closed when their memory is
 * wanted for others.
 *
 * <p>Beyond the budget, documents that nobody asked for lately are dropped first, then whole
 * namespaces, least recently used first, then the other documents. A namespace that is used, queued
 * or working on something stays, so the budget may be exceeded for as long as that lasts; one that
 * is larger than the budget stays while it is used. It serves on while it is prepared for closing
 * (comparison with the bucket, checkpoint), and whoever asks for it meanwhile calls the closing
 * off: nobody ever waits for one, and a namespace is never open twice. A namespace that turns out
 * to have nothing in the bucket is forgotten as soon as its askers are answered.
 *
 * <p>Closing loses nothing: a change leaves the queue only when it is in the log, so a checkpoint
 * that fails makes the next opening longer and no more. Belongs to the indexes' thread.
 */
final class OpenNamespaces {
  /** Bounds what is done for closings at a time; beyond it, openings wait for closings. */
  private static final int LEAVING_AT_ONCE = 64;

  private static final int CLOSED_AT_ONCE = 16;

  private static final long LOOK_ROUND_MILLIS = 60_000;
  private static final long LONG_IDLE_MILLIS = 30 * 60_000;
  private static final long LATELY_MILLIS = 10_000;
  private static final long CLOSING_MILLIS = 15_000;

  private final IndexEnvironment environment;
  private final Compression compression;
  private final Function<Namespace, NamespaceIndex> maker;
  private final long budget;
  private final Map<Namespace, OpenNamespace> open = new LinkedHashMap<>(16, 0.75f, true);
  private final Deque<Promise<Void>> waiting = new ArrayDeque<>();
  private long bytes;
  private long leavingBytes;
  private int leaving;
  private long evictions;
  private boolean closed;
  private Scheduler.@Nullable Timer round;

  /**
   * @param maker makes an index that opens itself when it is first used
   * @param budget bytes of heap that all namespaces together should take at most
   */
  OpenNamespaces(
      IndexEnvironment environment,
      Compression compression,
      Function<Namespace, NamespaceIndex> maker,
      long budget) {
    this.environment = environment;
    this.compression = compression;
    this.maker = maker;
    this.budget = budget;
  }

  /** Works with a namespace, which stays open until the work's future completes. */
  <T> Future<T> use(Namespace name, Function<OpenNamespace, Future<T>> work) {
    if (closed) {
      return Future.failedFuture(stopping());
    }
    if (leaving >= LEAVING_AT_ONCE && wanted() > 0 && !open.containsKey(name)) {
      // Namespaces are opened faster than they can be closed: one for one from now on.
      Promise<Void> room = Promise.promise();
      waiting.add(room);
      return room.future().compose(made -> enter(name, work));
    }
    return enter(name, work);
  }

  private <T> Future<T> enter(Namespace name, Function<OpenNamespace, Future<T>> work) {
    if (closed) {
      return Future.failedFuture(stopping());
    }
    OpenNamespace namespace = open.computeIfAbsent(name, this::make);
    namespace.enter(Mark.now(environment.time()));
    return invoke(work, namespace)
        .onComplete(
            done -> {
              namespace.leave();
              if (!closed) {
                settle(name, namespace);
              }
            });
  }

  private static <T> Future<T> invoke(
      Function<OpenNamespace, Future<T>> work, OpenNamespace namespace) {
    try {
      return work.apply(namespace);
    } catch (RuntimeException defect) {
      return Future.failedFuture(defect);
    }
  }

  private OpenNamespace make(Namespace name) {
    NamespaceIndex index = maker.apply(name);
    OpenNamespace made =
        new OpenNamespace(
            index,
            new SyncDocuments(index, environment.offload(), compression),
            Mark.now(environment.time()));
    bytes += made.account();
    if (round == null) {
      round = environment.scheduler().after(LOOK_ROUND_MILLIS, this::lookRound);
    }
    return made;
  }

  /** Somebody is done with a namespace. */
  private void settle(Namespace name, OpenNamespace namespace) {
    if (open.get(name) != namespace) {
      return;
    }
    bytes += namespace.account();
    forgetIfNothing(name, namespace);
    trim();
  }

  private void forgetIfNothing(Namespace name, OpenNamespace namespace) {
    if (!namespace.atRest() || namespace.leaving()) {
      return;
    }
    NamespaceIndex index = namespace.index();
    if (!index.isOpen()) {
      drop(name, namespace);
    } else if (index.isNew() && !name.isDefault() && !namespace.holdsObjects()) {
      // Objects without an index are a crashed first write, or another tool's: they are compared.
      leave(
          name,
          namespace,
          index
              .hasObjects()
              .otherwise(false)
              .onSuccess(
                  found -> {
                    if (found) {
                      namespace.foundObjects();
                    }
                  })
              .map(found -> !found));
    }
  }

  /** Makes room, as far as room is wanted. */
  private void trim() {
    if (wanted() > 0) {
      dropDocuments(LATELY_MILLIS);
    }
    if (wanted() > 0 && leaving < LEAVING_AT_ONCE) {
      closeSome(wanted(), 0);
    }
    if (wanted() > 0) {
      dropDocuments(0);
    }
  }

  private long wanted() {
    return bytes - leavingBytes - budget;
  }

  private void dropDocuments(long idleMillis) {
    Iterator<OpenNamespace> eldestFirst = open.values().iterator();
    while (wanted() > 0 && eldestFirst.hasNext()) {
      OpenNamespace next = eldestFirst.next();
      if (next.idleMillis(environment.time()) < idleMillis) {
        return;
      }
      if (!next.inUse() && !next.leaving() && next.documents().bytes() > 0) {
        next.documents().drop();
        bytes += next.account();
      }
    }
  }

  /**
   * Begins to close namespaces at rest, least recently used first.
   *
   * @param enough bytes after which to stop
   * @param idleMillis only those that were not used for so long
   */
  private void closeSome(long enough, long idleMillis) {
    List<Map.Entry<Namespace, OpenNamespace>> chosen = new ArrayList<>();
    long sum = 0;
    for (Map.Entry<Namespace, OpenNamespace> each : open.entrySet()) {
      OpenNamespace next = each.getValue();
      if (sum >= enough
          || leaving + chosen.size() >= LEAVING_AT_ONCE
          || next.idleMillis(environment.time()) < idleMillis) {
        break;
      }
      if (next.atRest() && !next.leaving()) {
        chosen.add(Map.entry(each.getKey(), next));
        sum += next.accounted();
      }
    }
    for (Map.Entry<Namespace, OpenNamespace> each : chosen) {
      OpenNamespace next = each.getValue();
      if (next.atRest() && !next.leaving()) {
        leave(each.getKey(), next, next.index().prepareToClose().map(true));
      }
    }
  }

  /** Closes a namespace when it is ready, unless it was asked for meanwhile. */
  private void leave(Namespace name, OpenNamespace namespace, Future<Boolean> ready) {
    long uses = namespace.uses();
    long size = namespace.accounted();
    namespace.setLeaving(true);
    leaving++;
    leavingBytes += size;
    ready.onComplete(
        done -> {
          namespace.setLeaving(false);
          leaving--;
          leavingBytes -= size;
          if (closed) {
            admit();
            return;
          }
          bytes += namespace.account();
          boolean go = done.succeeded() && done.result();
          if (go && namespace.uses() == uses && namespace.atRest()) {
            evictions++;
            drop(name, namespace);
          }
          trim();
          admit();
        });
  }

  /** Lets one of those in who wait for room, or all when there is room. */
  private void admit() {
    do {
      Promise<Void> next = waiting.poll();
      if (next == null) {
        return;
      }
      next.complete();
    } while (leaving < LEAVING_AT_ONCE || closed);
  }

  private void drop(Namespace name, OpenNamespace namespace) {
    namespace.index().end();
    open.remove(name);
    bytes -= namespace.accounted();
    if (open.isEmpty() && round != null) {
      round.cancel();
      round = null;
    }
  }

  /** Indexes also grow, come to rest and grow old while nobody asks for them. */
  private void lookRound() {
    round = environment.scheduler().after(LOOK_ROUND_MILLIS, this::lookRound);
    open.values().forEach(each -> bytes += each.account());
    List.copyOf(open.entrySet()).forEach(each -> forgetIfNothing(each.getKey(), each.getValue()));
    closeSome(Long.MAX_VALUE, LONG_IDLE_MILLIS);
    trim();
  }

  /** What those amount to whose index is in memory. */
  Map<Namespace, NamespaceSummary> summaries() {
    Map<Namespace, NamespaceSummary> all = new HashMap<>();
    open.forEach(
        (name, each) -> {
          if (each.index().isOpen()) {
            all.put(name, each.index().summary());
          }
        });
    return all;
  }

  /** Those that are in memory. */
  List<Namespace> names() {
    return List.copyOf(open.keySet());
  }

  /** Bytes of heap that all take, about. */
  long bytes() {
    return bytes;
  }

  /** How many were closed so far, unknown ones included. */
  long evictions() {
    return evictions;
  }

  /**
   * Closes all, a few at a time, those with queued changes first. What has not begun to close
   * within 15 s ends without a checkpoint: everything acknowledged is in the log.
   */
  Future<Void> close() {
    closed = true;
    if (round != null) {
      round.cancel();
    }
    List<NamespaceIndex> all = new ArrayList<>();
    open.values().forEach(each -> all.add(each.index()));
    open.clear();
    bytes = 0;
    admit();
    all.sort(Comparator.comparing(NamespaceIndex::atRest));
    Iterator<NamespaceIndex> queue = all.iterator();
    Mark start = Mark.now(environment.time());
    List<Future<Void>> lanes = new ArrayList<>();
    for (int i = 0; i < CLOSED_AT_ONCE; i++) {
      lanes.add(closeNext(queue, start));
    }
    return Future.join(lanes).mapEmpty();
  }

  private Future<Void> closeNext(Iterator<NamespaceIndex> queue, Mark start) {
    while (queue.hasNext()) {
      NamespaceIndex next = queue.next();
      if (start.elapsedMillis(environment.time()) > CLOSING_MILLIS) {
        next.end();
        continue;
      }
      Future<Void> done = next.close();
      if (!done.isComplete()) {
        return done.transform(ended -> closeNext(queue, start));
      }
    }
    return Future.succeededFuture();
  }

  private static ProxyError stopping() {
    return ProxyError.unavailable(
        ProxyError.Kind.STORAGE_UNAVAILABLE,
        "The service is stopping: try again.",
        Duration.ofSeconds(2),
        null);
  }
}
