package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DownloadTest {
  private static final int SIZE = 30_000_000;

  @RegisterExtension final EdgeServer edge = new EdgeServer();

  private final AtomicReference<ByteStream> opened = new AtomicReference<>();

  private byte[] store() {
    byte[] bytes = new byte[SIZE];
    new Random(1).nextBytes(bytes);
    edge.storage.store("big", bytes, "application/octet-stream");
    edge.storage.streams =
        part -> {
          ByteStream stream = new ByteStream(part);
          opened.set(stream);
          return stream;
        };
    return bytes;
  }

  @Test
  void readerThatStopsHoldsTheStoreBackAndGetsEverythingInTheEnd() throws Exception {
    byte[] bytes = store();
    RawClient client = edge.connect();
    client.socket().setReceiveBufferSize(64 * 1024);
    client.write(RawClient.request("GET", "/blob/big", ""));

    // Wait until the stream stands still, by asking the event loop between looks.
    long before = -1;
    while (opened.get() == null || opened.get().emitted.get() != before) {
      before = opened.get() == null ? -1 : opened.get().emitted.get();
      for (int i = 0; i < 20; i++) {
        assertThat(edge.send("GET", "/health", "").status()).isEqualTo(200);
      }
    }
    // What the sockets' buffers swallow depends on the kernel; the whole file they don't.
    assertThat(before).isLessThan(SIZE / 2);

    assertThat(client.read(false).bytes().getBytes()).isEqualTo(bytes);
    assertThat(client.send("GET", "/health", "").status()).isEqualTo(200);
  }

  @Test
  void storeThatBreaksOffBreaksTheConnectionOff() throws Exception {
    store();
    edge.storage.streams = part -> new ByteStream(part, 1_000_000);
    RawClient client = edge.connect();
    client.write(RawClient.request("GET", "/blob/big", ""));
    assertThatThrownBy(() -> client.read(false)).isInstanceOf(IOException.class);
  }

  @Test
  void storeThatEndsEarlyWithoutAnErrorBreaksTheConnectionOff() throws Exception {
    store();
    edge.storage.streams = part -> new ByteStream(java.util.Arrays.copyOf(part, 1_000));
    RawClient client = edge.connect();
    client.write(RawClient.request("GET", "/blob/big", ""));
    assertThatThrownBy(() -> client.read(false))
        .isInstanceOf(EOFException.class)
        .hasMessageContaining("1000 of " + SIZE);
  }

  @Test
  void clientThatLeavesWhileTheStoreIsSilentLetsGoOfTheStoresStream() throws Exception {
    store();
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    edge.storage.streams =
        part -> {
          // Bytes that never come.
          ByteStream silent =
              new ByteStream(part) {
                @Override
                public ByteStream fetch(long amount) {
                  started.countDown();
                  return this;
                }
              };
          silent.onEnd = ended::countDown;
          return silent;
        };
    RawClient client = edge.connect();
    client.write(RawClient.request("GET", "/blob/big", ""));
    assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
    client.close();
    assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void clientThatLeavesLetsGoOfTheStoresStream() throws Exception {
    store();
    CountDownLatch ended = new CountDownLatch(1);
    edge.storage.streams =
        part -> {
          ByteStream stream = new ByteStream(part);
          opened.set(stream);
          stream.onEnd = ended::countDown;
          return stream;
        };
    RawClient client = edge.connect();
    client.socket().setReceiveBufferSize(64 * 1024);
    client.write(RawClient.request("GET", "/blob/big", ""));
    while (opened.get() == null || opened.get().emitted.get() == 0) {
      assertThat(edge.send("GET", "/health", "").status()).isEqualTo(200);
    }
    client.close();
    assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
    // The rest was not read to nowhere.
    assertThat(opened.get().emitted.get()).isLessThan(SIZE);
  }
}
