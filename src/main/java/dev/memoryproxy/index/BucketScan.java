package dev.memoryproxy.index;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.storage.Listing;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Compares a listing of the namespace's objects with the entries: one request for each thousand
 * objects, a closer look only where they disagree. Objects under a sub-prefix that has an index of
 * its own are that namespace's business.
 */
final class BucketScan {
  private static final int PAGE = 1000;
  private static final int LOOKS_AT_ONCE = 16;
  private static final long MARGIN_MILLIS = 60_000;
  private static final String LAST_CHARACTER = "\uDBFF\uDFFF";
  private static final String[] INDEX_MARKS = {"/.sync-index.json", "/.sync-log/"};

  private final IndexEnvironment environment;
  private final NamespaceIndex index;
  private final Healer healer;
  private final boolean deep;
  private final Set<String> seen = new HashSet<>();
  private final Set<String> otherRoots = new HashSet<>();
  private final List<String> doubtful = new ArrayList<>();
  private long began;
  private long listedVersion;

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

  /** What was found; unless dry, it is on record. */
  Future<ReindexReport> run(boolean dry) {
    return index
        .tail(true)
        .compose(
            current -> {
              listedVersion = index.state().indexVersion();
              return list("");
            })
        .compose(listed -> judge(dry));
  }

  private Future<Void> list(String startAfter) {
    String root = healer.root();
    return environment
        .store()
        .list(root, startAfter, PAGE)
        .compose(
            page -> {
              began = began == 0 ? page.storeTime() : began;
              page.objects().forEach(item -> note(item, item.key().substring(root.length())));
              if (!page.truncated()) {
                return Future.succeededFuture();
              }
              String last = page.objects().get(page.objects().size() - 1).key();
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
    if (entry == null
        || !entry.etag().equals(item.etag())
        || entry.size() != item.size()
        || mayBeAnotherWrite(item)) {
      doubtful.add(path);
    }
  }

  /** Empty files and tombstones all look the same in a listing: each is looked at once. */
  private boolean mayBeAnotherWrite(Listing.Item item) {
    return (deep || item.size() == 0) && item.lastModified() >= index.state().verifiedUntil();
  }

  private String otherRoot(String path) {
    for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      String start = path.substring(0, slash + 1);
      if (otherRoots.contains(start)) {
        return start;
      }
    }
    return "";
  }

  private Future<ReindexReport> judge(boolean dry) {
    doubtful.removeIf(path -> !otherRoot(path).isEmpty());
    int live = 0;
    List<String> gone = new ArrayList<>();
    for (Map.Entry<String, Entry> file : index.state().entries().entrySet()) {
      if (!file.getValue().deleted()) {
        live++;
        // What came on record since may have been put behind the listing's back.
        if (file.getValue().indexVersion() <= listedVersion && !seen.contains(file.getKey())) {
          gone.add(file.getKey());
        }
      }
    }
    // A bucket that lost more than that was emptied or mounted wrongly: tombstones would make every
    // client delete its files.
    boolean refused = gone.size() > Math.max(1, live / 100) || (live > 0 && gone.size() == live);
    if (refused) {
      environment
          .alarms()
          .raise(
              Alarms.Kind.MASS_LOSS,
              gone.size()
                  + " of "
                  + live
                  + " files of namespace "
                  + healer.namespace()
                  + " are missing from the bucket: nothing was marked as deleted. Restore the"
                  + " objects, or delete the files through the service.");
    }
    List<String> all = new ArrayList<>(doubtful);
    all.addAll(gone);
    Function<String, Future<Healer.Finding>> look =
        dry ? healer::inspect : path -> healer.mend(path, !refused);
    Map<Healer.Finding, List<String>> found = new EnumMap<>(Healer.Finding.class);
    return look(all, 0, look, found)
        .map(
            done -> {
              if (!dry && !refused) {
                index.state().verified(began - MARGIN_MILLIS);
              }
              return report(found, refused);
            });
  }

  private Future<Void> look(
      List<String> paths,
      int from,
      Function<String, Future<Healer.Finding>> look,
      Map<Healer.Finding, List<String>> found) {
    if (from >= paths.size()) {
      return Future.succeededFuture();
    }
    List<String> some = paths.subList(from, Math.min(paths.size(), from + LOOKS_AT_ONCE));
    return Future.join(
            some.stream()
                .map(
                    path ->
                        look.apply(path)
                            .onSuccess(
                                finding ->
                                    found
                                        .computeIfAbsent(finding, f -> new ArrayList<>())
                                        .add(path)))
                .toList())
        .compose(done -> look(paths, from + LOOKS_AT_ONCE, look, found));
  }

  private static ReindexReport report(Map<Healer.Finding, List<String>> found, boolean refused) {
    return new ReindexReport(
        found.getOrDefault(Healer.Finding.MISSING, List.of()),
        found.getOrDefault(Healer.Finding.STALE, List.of()),
        found.getOrDefault(Healer.Finding.GONE, List.of()),
        found.getOrDefault(Healer.Finding.FOREIGN, List.of()),
        refused);
  }
}
