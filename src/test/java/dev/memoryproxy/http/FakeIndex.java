package dev.memoryproxy.http;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.index.Change;
import dev.memoryproxy.index.ContentCoding;
import dev.memoryproxy.index.IndexEntry;
import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.index.SyncDocument;
import dev.memoryproxy.index.SyncView;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.zip.GZIPOutputStream;

/** One document, the same for every namespace and query. */
final class FakeIndex implements IndexService {
  /**
   * What there is to read.
   *
   * @param digest stands for the document's digest
   */
  record Text(String digest, String json) {}

  volatile Text document = of("etag-1", "{\"files\":{},\"index_version\":0}");
  volatile SyncView.Query lastQuery = SyncView.Query.ALL;
  final List<Namespace> asked = new CopyOnWriteArrayList<>();

  static Text of(String digest, String json) {
    return new Text(digest, json);
  }

  private static Buffer gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Buffer.buffer(out.toByteArray());
  }

  @Override
  public Future<Standing> lookup(Namespace namespace, BlobPath path) {
    return Future.failedFuture("the HTTP edge never asks");
  }

  @Override
  public Future<Map<BlobPath, IndexEntry>> current(Namespace namespace, Set<BlobPath> paths) {
    return Future.failedFuture("the HTTP edge never asks");
  }

  @Override
  public Future<Recorded> record(Namespace namespace, Change change) {
    return Future.failedFuture("the HTTP edge never records");
  }

  @Override
  public Future<SyncDocument> document(
      Namespace namespace, SyncView.Query query, List<ContentCoding> accepted) {
    lastQuery = query;
    ContentCoding coding = accepted.get(0);
    asked.add(namespace);
    Text text = document;
    Buffer plain = Buffer.buffer(text.json());
    return Future.succeededFuture(
        new SyncDocument(
            text.digest(),
            coding,
            coding == ContentCoding.IDENTITY ? plain : gzip(plain.getBytes())));
  }

  @Override
  public Future<SyncDocument> namespaces(
      Predicate<Namespace> visible, List<ContentCoding> accepted) {
    return document(Namespace.DEFAULT, SyncView.Query.ALL, accepted);
  }

  @Override
  public void suspect(Namespace namespace, BlobPath path) {
    throw new AssertionError("the HTTP edge suspects nothing");
  }
}
