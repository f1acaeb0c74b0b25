package dev.memoryproxy.http;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.index.Change;
import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.index.SyncDocument;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPOutputStream;

/** One document, the same for every namespace. */
final class FakeIndex implements IndexService {
  volatile SyncDocument document = of("etag-1", "{\"files\":{},\"index_version\":0}");

  static SyncDocument of(String etag, String json) {
    Buffer plain = Buffer.buffer(json);
    return new SyncDocument(etag, plain, gzip(plain.getBytes()));
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
  public Future<Recorded> record(Namespace namespace, Change change) {
    return Future.failedFuture("the HTTP edge never records");
  }

  @Override
  public Future<SyncDocument> document(Namespace namespace) {
    return Future.succeededFuture(document);
  }
}
