package dev.memoryproxy.index;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.storage.Listing;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares a listing of the namespace's objects with the entries: one request for each thousand
 * objects, a closer look only where they may disagree. Objects under a sub-prefix that has an index
 * of its own are that namespace's business.
 */
final class BucketScan {
  private static final int PAGE = 1000;
  private static final long MARGIN_MILLIS = 60_000;
  private static final String LAST_CHARACTER = "\uDBFF\uDFFF";
  private static final String[] INDEX_MARKS = {"/.sync-index.json", "/.sync-log/"};

  private final IndexEnvironment environment;
  private final NamespaceIndex index;
  private final Healer healer;
  private final boolean deep;
  private final Set<String> seen = new HashSet<>();
  private final Set<String> otherRoots = new HashSet<>();
  private final List<Doubtful> doubtful = new ArrayList<>();
  private final List<Purged> purged = new ArrayList<>();
  private long began;
  private long listedVersion;
  private long oldestLogAge;
  private int spared;

  /**
   * @param deep whether equal content is looked at, too, unless a comparison did so after it was
   *     written
   */
  BucketScan(IndexEnvironment environment, NamespaceIndex index, Healer healer, boolean deep) {
    this.environment = environment;
    this.index = index;
    this.healer = healer;
    this.deep = deep;
  }

  /**
   * The object of a tombstone that has left the published index.
   *
   * @param etag the entry's, which the object had when it was listed
   */
  record Purged(String key, String etag) {}

  /**
   * What was found; unless it is a dry run, it is on record. Waits for its turn.
   *
   * @param first whether somebody waits for it
   */
  Future<ReindexReport> run(Repair repair, boolean first) {
    return environment
        .comparisons()
        .take(first)
        .compose(
            turn ->
                index
                    .tail(true)
                    .compose(
                        current -> {
                          listedVersion = index.state().indexVersion();
                          return list("");
                        })
                    .compose(listed -> judge())
                    .compose(judgement -> look(judgement, repair, turn))
                    .onComplete(done -> turn.end()));
  }

  /** After {@link #run}: objects of purged tombstones, as the listing showed them. */
  List<Purged> purged() {
    return purged;
  }

  /** After {@link #run}: when it began, by the store's clock. */
  long began() {
    return began;
  }

  /** After {@link #run}: how long ago the first object of the log was written; 0 for none. */
  long oldestLogAge() {
    return oldestLogAge;
  }

  private Future<Void> list(String startAfter) {
    String root = healer.root();
    return environment
        .store()
        .list(root, startAfter, PAGE)
        .compose(
            page -> {
              began = began == 0 ? page.storeTime() : began;
              for (Listing.Item item : page.objects()) {
                String path = item.key().substring(root.length());
                note(item, path);
                if (oldestLogAge == 0 && path.startsWith(LogStore.DIRECTORY)) {
                  oldestLogAge = page.storeTime() - item.lastModified();
                }
              }
              if (!page.truncated()) {
                return Future.succeededFuture();
              }
              String last = page.objects().get(page.objects().size() - 1).key();
              if (last.startsWith(root + BlobPath.RESERVED)) {
                // The index's own objects, and the list of all namespaces in the default one.
                return list(root + BlobPath.RESERVED + LAST_CHARACTER);
              }
              String other = otherRoot(last.substring(root.length()));
              return list(other.isEmpty() ? last : root + other + LAST_CHARACTER);
            });
  }

  private void note(Listing.Item item, String path) {
    for (String mark : INDEX_MARKS) {
      int at = path.indexOf(mark);
      if (at > 0) {
        otherRoots.add(path.substring(0, at + 1));
        return;
      }
    }
    if (path.isEmpty()
        || path.startsWith(BlobPath.RESERVED)
        || path.contains("/" + BlobPath.RESERVED)) {
      return;
    }
    seen.add(path);
    Entry entry = index.state().entry(path);
    if (entry == null || !entry.etag().equals(item.etag()) || entry.size() != item.size()) {
      doubtful.add(new Doubtful(path, Doubtful.Seen.of(item)));
    } else {
      if (mayBeAnotherWrite(item, entry)) {
        doubtful.add(Doubtful.unseen(path));
        spared += item.lastModified() < verifiedUntil() ? 1 : 0;
      }
      if (entry.purged()) {
        purged.add(new Purged(item.key(), item.etag()));
      }
    }
  }

  /**
   * Whether equal content may hide another write. Empty files and tombstones all look the same in a
   * listing, so each is looked at once; so is an object that is clearly newer than its entry, which
   * an index that somebody restored may not know.
   */
  private boolean mayBeAnotherWrite(Listing.Item item, Entry entry) {
    return (deep || item.size() == 0 || item.lastModified() > entry.lastModified() + MARGIN_MILLIS)
        && item.lastModified() >= index.state().verifiedUntil();
  }

  /** What is older has been compared when this comparison is done; store time. */
  private long verifiedUntil() {
    return began - MARGIN_MILLIS;
  }

  private String otherRoot(String path) {
    if (otherRoots.isEmpty()) {
      return "";
    }
    for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      String start = path.substring(0, slash + 1);
      if (otherRoots.contains(start)) {
        return start;
      }
    }
    return "";
  }

  /**
   * What the listing says in the end.
   *
   * @param live how many files the index lists
   * @param gone which of them the bucket does not
   */
  private record Judgement(int live, List<Doubtful> gone) {
    /**
     * One file, or 1 % of them, but never all: a bucket that lost more than that was emptied or
     * mounted wrongly: tombstones would make every client delete its files.
     */
    boolean tooManyGone() {
      return gone.size() > Math.max(1, live / 100) || (live > 0 && gone.size() == live);
    }
  }

  /** Passes over every entry, so not on the index's thread. */
  private Future<Judgement> judge() {
    IndexState.Snapshot snapshot = index.state().snapshot();
    return environment
        .offload()
        .run(
            () -> {
              doubtful.removeIf(each -> !otherRoot(each.path()).isEmpty());
              List<Doubtful> gone = new ArrayList<>();
              int[] live = new int[1];
              snapshot.forEach(
                  (path, entry) -> {
                    if (!entry.deleted()) {
                      live[0]++;
                      if (!otherRoot(path).isEmpty()) {
                        // The listing may have passed over it, and the other namespace may have
                        // taken it.
                        doubtful.add(Doubtful.unseen(path));
                        return;
                      }
                      // What came on record since may have been put behind the listing's back.
                      if (entry.indexVersion() <= listedVersion && !seen.contains(path)) {
                        gone.add(Doubtful.unseen(path));
                      }
                    }
                  });
              return new Judgement(live[0], gone);
            })
        .eventually(
            () -> {
              snapshot.close();
              return Future.succeededFuture();
            });
  }

  private Future<ReindexReport> look(Judgement judgement, Repair repair, Turns.Turn turn) {
    boolean dry = repair == Repair.DRY_RUN;
    boolean refused = judgement.tooManyGone() && repair != Repair.ACCEPT_GONE;
    if (refused) {
      environment
          .alarms()
          .raise(
              Alarms.Kind.MASS_LOSS,
              judgement.gone().size()
                  + " of "
                  + judgement.live()
                  + " files of namespace "
                  + healer.namespace()
                  + " are missing from the bucket: none of them was marked as deleted. Restore the"
                  + " objects; or, if the files are meant to be gone, delete them through the"
                  + " service or run the command reindex with --accept-gone.");
    }
    seen.clear();
    doubtful.addAll(judgement.gone());
    return (dry ? healer.inspect(doubtful) : healer.mend(doubtful, !refused, turn))
        .compose(
            found -> {
              if (!dry && !refused) {
                index.state().verified(verifiedUntil());
                index.compared(spared);
              }
              // Sorts, perhaps everything there is.
              return environment.offload().run(() -> report(found, judgement.live(), refused));
            });
  }

  private static ReindexReport report(
      Map<String, Healer.Finding> found, int listed, boolean refused) {
    return new ReindexReport(
        paths(found, Healer.Finding.MISSING),
        paths(found, Healer.Finding.STALE, Healer.Finding.DISOWNED),
        paths(found, Healer.Finding.GONE),
        paths(found, Healer.Finding.FOREIGN, Healer.Finding.DISOWNED),
        listed,
        refused);
  }

  private static List<String> paths(Map<String, Healer.Finding> found, Healer.Finding... findings) {
    Set<Healer.Finding> wanted = Set.of(findings);
    return found.entrySet().stream()
        .filter(each -> wanted.contains(each.getValue()))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }
}
