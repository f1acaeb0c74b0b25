package dev.memoryproxy.storage;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists objects in order of their keys by walking the directories best first: what may hold the
 * smallest key is looked at next.
 *
 * <p>The cost of a page: the names of each directory that may hold one of its keys are read, all of
 * them, and one file is opened for each listed object. The heap it takes depends on the limit and
 * on the depth, not on how many files there are.
 *
 * <p>What is not a whole object of ours is skipped, with one warning a file: asking for its key
 * fails, so nobody takes it for deleted.
 */
final class LocalListing {
  private static final Logger LOG = LoggerFactory.getLogger(LocalListing.class);
  private static final int MAX_WARNINGS = 1_000;

  private final LocalTree tree;
  private final LocalNames names;
  private final Set<Path> warned = ConcurrentHashMap.newKeySet();

  LocalListing(LocalTree tree, LocalNames names) {
    this.tree = tree;
    this.names = names;
  }

  /**
   * Reads one page; blocks.
   *
   * @param storeTime what the page says of the time
   */
  Listing page(String prefix, String startAfter, int limit, long storeTime) throws IOException {
    tree.requireRoot();
    Page page = new Page(prefix, startAfter, limit);
    String base = prefix.substring(0, prefix.lastIndexOf('/') + 1);
    if (prefix.length() <= ObjectKeys.MAX_BYTES) {
      page.expand(new Entry(base, names.directory(tree.root(), base), base, false, null));
    }
    return page.fill(storeTime);
  }

  /**
   * Something that holds keys.
   *
   * @param bound no key in it is smaller
   * @param base of a directory: what all keys in it start with
   * @param after of the rest of a directory: the last entry that was taken out of it
   */
  private record Entry(
      String bound, Path path, String base, boolean isFile, @Nullable Entry after) {
    static final Comparator<Entry> ORDER =
        Comparator.comparing(Entry::bound, ObjectKeys.ORDER).thenComparing(Entry::path);

    Entry rest(Entry last) {
      return new Entry(last.bound, path, base, false, last);
    }
  }

  private final class Page {
    private final String prefix;
    private final String startAfter;
    private final int limit;
    private final PriorityQueue<Entry> queue = new PriorityQueue<>(Entry.ORDER);

    Page(String prefix, String startAfter, int limit) {
      this.prefix = prefix;
      this.startAfter = startAfter;
      this.limit = limit;
    }

    Listing fill(long storeTime) throws IOException {
      List<Listing.Item> items = new ArrayList<>();
      for (Entry next = queue.poll(); next != null; next = queue.poll()) {
        if (!next.isFile) {
          expand(next);
          continue;
        }
        Optional<Listing.Item> item = item(next);
        if (item.isPresent() && items.size() == limit) {
          return new Listing(items, true, storeTime);
        }
        item.ifPresent(items::add);
      }
      return new Listing(items, false, storeTime);
    }

    /** Queues the smallest entries of a directory, one more than fit the page, and its rest. */
    void expand(Entry directory) throws IOException {
      PriorityQueue<Entry> smallest = new PriorityQueue<>(Entry.ORDER.reversed());
      boolean cut = false;
      try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory.path)) {
        for (Path path : paths) {
          Entry found = entry(directory.base, path).orElse(null);
          if (found == null || !wanted(found, directory.after)) {
            continue;
          }
          if (smallest.size() <= limit) {
            smallest.add(found);
            continue;
          }
          cut = true;
          if (Entry.ORDER.compare(found, smallest.element()) < 0) {
            smallest.poll();
            smallest.add(found);
          }
        }
      } catch (NotDirectoryException e) {
        skip(directory.path, "it is neither an object nor a directory");
      } catch (NoSuchFileException e) {
        return;
      } catch (DirectoryIteratorException e) {
        throw e.getCause();
      }
      queue.addAll(smallest);
      if (cut) {
        queue.add(directory.rest(smallest.element()));
      }
    }

    private boolean wanted(Entry entry, @Nullable Entry after) {
      String bound = entry.bound;
      return (after == null || Entry.ORDER.compare(entry, after) > 0)
          && (bound.startsWith(prefix) || (!entry.isFile && prefix.startsWith(bound)))
          && (ObjectKeys.ORDER.compare(bound, startAfter) > 0
              || (!entry.isFile && startAfter.startsWith(bound)));
    }
  }

  private Optional<Entry> entry(String base, Path path) {
    String name = path.getFileName().toString();
    Optional<String> part = LocalNames.decode(name);
    if (part.isEmpty()) {
      skip(path, "no key has such a name");
      return Optional.empty();
    }
    String bound = base + part.get();
    return Optional.of(new Entry(bound, path, bound, name.endsWith(LocalNames.SUFFIX), null));
  }

  private Optional<Listing.Item> item(Entry entry) throws IOException {
    String key = entry.bound;
    if (!names.file(tree.root(), key).equals(entry.path)) {
      skip(entry.path, "its name is written in another way");
      return Optional.empty();
    }
    try (LocalObjectFile file = LocalObjectFile.open(entry.path, key).orElse(null)) {
      // Deleted since its directory was read.
      return Optional.ofNullable(file)
          .map(LocalObjectFile::trailer)
          .map(t -> new Listing.Item(key, t.md5(), t.size(), t.lastModified()));
    } catch (LocalTrailer.Broken e) {
      skip(entry.path, e.getMessage());
      return Optional.empty();
    }
  }

  private void skip(Path path, @Nullable String reason) {
    if (warned.size() < MAX_WARNINGS && warned.add(path)) {
      LOG.warn(
          "Not listing {}, which is no whole object: {}. Restore it or move it away.",
          path,
          reason);
    }
  }
}
