package dev.memoryproxy.http;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.index.IndexEntry;
import dev.memoryproxy.storage.Announcement;
import dev.memoryproxy.storage.BlobContent;
import dev.memoryproxy.storage.ObjectContent;
import dev.memoryproxy.storage.ObjectHead;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.StorageService;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/** Files in memory, with every call on record and a hook before each. */
final class FakeStorage implements StorageService {
  /** One stored file. */
  record Stored(Buffer content, String md5, String contentType, long version, long lastModified) {}

  static final long LAST_MODIFIED = 1_705_314_600_000L;

  final Map<BlobAddress, Stored> files = new ConcurrentHashMap<>();
  final List<String> calls = new CopyOnWriteArrayList<>();
  final List<Announcement> announcements = new CopyOnWriteArrayList<>();
  final List<PutCommand> puts = new CopyOnWriteArrayList<>();
  final List<Path> spooledDuringPut = new CopyOnWriteArrayList<>();
  final AtomicInteger discarded = new AtomicInteger();

  /** Called before each call with its name; a failed future becomes the call's result. */
  volatile Function<String, Future<Void>> before = call -> Future.succeededFuture();

  volatile Supplier<Future<StorageStatus>> check =
      () -> Future.succeededFuture(new StorageStatus(false));

  /** Makes the stream of a file's bytes. */
  volatile boolean inMemory;

  volatile Function<byte[], ReadStream<Buffer>> streams = ByteStream::new;

  static BlobAddress at(String path) {
    return new BlobAddress(Namespace.DEFAULT, BlobPath.parse(path));
  }

  void store(String path, String content) {
    store(path, content.getBytes(StandardCharsets.UTF_8), "text/markdown");
  }

  void store(String path, byte[] bytes, String contentType) {
    store(at(path), bytes, contentType);
  }

  private void store(BlobAddress target, byte[] bytes, String contentType) {
    files.compute(
        target,
        (address, old) ->
            new Stored(
                Buffer.buffer(bytes),
                Md5.of(bytes),
                contentType,
                old == null ? 1 : old.version() + 1,
                LAST_MODIFIED));
  }

  /** The content of a file that must be there. */
  byte[] content(String path) {
    return Objects.requireNonNull(files.get(at(path)), path).content().getBytes();
  }

  /** How often a call was made. */
  long count(String call) {
    return calls.stream().filter(call::equals).count();
  }

  private <T> Future<T> call(String name, Supplier<Future<T>> body) {
    calls.add(name);
    // As the real one promises: whatever completes the hook, the caller hears of it on its context.
    return OnContext.deliver(Objects.requireNonNull(Vertx.currentContext()), before.apply(name))
        .compose(ignored -> body.get());
  }

  @Override
  public Future<Void> admit(
      BlobAddress address, Precondition precondition, Announcement announced) {
    announcements.add(announced);
    return call("admit", () -> checked(address, precondition).mapEmpty());
  }

  private Future<Optional<Stored>> checked(BlobAddress address, Precondition precondition) {
    Optional<Stored> now = Optional.ofNullable(files.get(address));
    boolean admitted =
        precondition.admits(
            now.isPresent(),
            false,
            now.map(Stored::md5).orElse(""),
            now.map(Stored::version).orElse(0L));
    return admitted
        ? Future.succeededFuture(now)
        : Future.failedFuture(
            new ProxyError(
                ProxyError.Kind.PRECONDITION_FAILED,
                "The file has changed.",
                Map.of(
                    "current_md5", now.map(Stored::md5).orElse("none"),
                    "provided_md5", precondition.provided())));
  }

  @Override
  public Future<Written> put(PutCommand command) {
    return call(
        "put",
        () ->
            checked(command.address(), command.precondition())
                .map(
                    old -> {
                      byte[] bytes = bytes(command.payload());
                      puts.add(command);
                      store(command.address(), bytes, command.contentType());
                      return written(command.address(), old.isEmpty());
                    }));
  }

  private byte[] bytes(Payload payload) {
    if (payload instanceof Payload.InMemory memory) {
      return memory.bytes().getBytes();
    }
    Path file = ((Payload.Spooled) payload).file();
    spooledDuringPut.add(file);
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Written written(BlobAddress address, boolean created) {
    Stored stored = Objects.requireNonNull(files.get(address));
    return new Written(
        address,
        true,
        created,
        new IndexEntry(
            stored.md5(),
            stored.md5(),
            stored.lastModified(),
            stored.content().length(),
            stored.version(),
            "write",
            false,
            1),
        1);
  }

  @Override
  public Future<Written> delete(BlobAddress address, Precondition precondition) {
    return call(
        "delete",
        () ->
            checked(address, precondition)
                .compose(
                    old -> {
                      if (old.isEmpty()) {
                        return Future.failedFuture(absent());
                      }
                      Written written = written(address, false);
                      files.remove(address);
                      return Future.succeededFuture(written);
                    }));
  }

  private static ProxyError absent() {
    return new ProxyError(ProxyError.Kind.NOT_FOUND, "There is no such file.");
  }

  @Override
  public Future<BlobInfo> head(BlobAddress address) {
    return call("head", () -> found(address).map(stored -> info(address, stored)));
  }

  private Future<Stored> found(BlobAddress address) {
    Stored stored = files.get(address);
    return stored == null ? Future.failedFuture(absent()) : Future.succeededFuture(stored);
  }

  private static BlobInfo info(BlobAddress address, Stored stored) {
    return new BlobInfo(
        address,
        stored.md5(),
        stored.md5(),
        stored.content().length(),
        stored.version(),
        stored.lastModified(),
        stored.contentType());
  }

  @Override
  public Future<OpenBlob> open(BlobAddress address) {
    return call(
        "open",
        () ->
            found(address)
                .map(
                    stored ->
                        new OpenBlob(
                            info(address, stored),
                            streamed(address, stored, stored.content().getBytes()))));
  }

  @Override
  public Future<Optional<OpenBlob>> openRange(BlobInfo info, long first, long last) {
    return call(
        "openRange",
        () ->
            found(info.address())
                .map(
                    stored ->
                        stored.version() != info.version()
                            ? Optional.empty()
                            : Optional.of(
                                new OpenBlob(
                                    info,
                                    streamed(
                                        info.address(),
                                        stored,
                                        Arrays.copyOfRange(
                                            stored.content().getBytes(),
                                            (int) first,
                                            (int) last + 1))))));
  }

  @Override
  public Future<StorageStatus> check() {
    calls.add("check");
    return check.get();
  }

  static ProxyError down() {
    return ProxyError.unavailable(
        ProxyError.Kind.STORAGE_UNAVAILABLE,
        "The storage refuses connections.",
        Duration.ofMillis(100),
        null);
  }

  private BlobContent streamed(BlobAddress address, Stored stored, byte[] part) {
    return inMemory
        ? new BlobContent.InMemory(Buffer.buffer(part))
        : new BlobContent.Streamed(new Content(address, stored, part));
  }

  private final class Content implements ObjectContent {
    private final BlobAddress address;
    private final Stored stored;
    private final byte[] part;

    Content(BlobAddress address, Stored stored, byte[] part) {
      this.address = address;
      this.stored = stored;
      this.part = part;
    }

    @Override
    public ObjectHead head() {
      return new ObjectHead(
          address.key(""),
          stored.md5(),
          stored.content().length(),
          stored.lastModified(),
          stored.lastModified(),
          stored.contentType(),
          Map.of());
    }

    @Override
    public long length() {
      return part.length;
    }

    @Override
    public ReadStream<Buffer> stream() {
      return streams.apply(part);
    }

    @Override
    public void discard() {
      discarded.incrementAndGet();
    }
  }
}
