package dev.memoryproxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.buffer.Buffer;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** A connection that sends exactly the bytes it is told to, and parses answers. */
final class RawClient implements Closeable {
  private final Socket socket;
  private final InputStream in;

  RawClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    in = new BufferedInputStream(socket.getInputStream());
  }

  Socket socket() {
    return socket;
  }

  /** A complete, authenticated request with its answer. */
  RawResponse send(String method, String target, String body, String... headers)
      throws IOException {
    write(request(method, target, body, headers));
    return read(method.equals("HEAD"));
  }

  /** The bytes of an authenticated request; the length goes with the body unless given. */
  static String request(String method, String target, String body, String... headers) {
    StringBuilder head =
        new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n");
    List<String> all = new ArrayList<>(List.of(headers));
    if (all.stream().noneMatch(line -> line.startsWith("Authorization"))) {
      all.add("Authorization: " + EdgeServer.TOKEN);
    }
    boolean framed =
        all.stream()
            .anyMatch(
                line -> line.startsWith("Content-Length") || line.startsWith("Transfer-Encoding"));
    if (!framed && (!body.isEmpty() || method.equals("PUT"))) {
      all.add("Content-Length: " + body.getBytes(UTF_8).length);
    }
    for (String line : all) {
      if (!line.equals("Authorization: ")) {
        head.append(line).append("\r\n");
      }
    }
    return new String((head + "\r\n" + body).getBytes(UTF_8), ISO_8859_1);
  }

  /** Sends text byte for byte: one char, one byte. */
  void write(String text) throws IOException {
    write(text.getBytes(ISO_8859_1));
  }

  void write(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /** Reads the next answer. */
  RawResponse read(boolean toHead) throws IOException {
    String status = line();
    List<String> headers = new ArrayList<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      headers.add(line);
    }
    RawResponse response = new RawResponse(status, headers, Buffer.buffer());
    if (toHead || response.status() == 304 || response.status() == 204 || response.status() < 200) {
      return response;
    }
    int length = Integer.parseInt(response.header("content-length").orElse("0"));
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("answer ended after " + body.length + " of " + length);
    }
    return new RawResponse(status, headers, Buffer.buffer(body));
  }

  /** Reads until the other side closes or resets; what arrived. */
  byte[] drain() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        all.write(buffer, 0, n);
      }
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("the connection stayed open", e);
    } catch (IOException e) {
      // A reset ends the connection as well.
    }
    return all.toByteArray();
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("connection closed before an answer: " + line.toString(UTF_8));
      }
      if (c != '\r') {
        line.write(c);
      }
    }
    return line.toString(ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
