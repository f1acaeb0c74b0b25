package dev.memoryproxy.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/** A client that hangs up: in the middle of an upload, or of a download that it began to read. */
final class HangUps {
  private static final int UPLOAD_BYTES = 2_000_000;
  private static final int READ_LIMIT_MILLIS = 30_000;

  private final SplittableRandom random;
  private final Fleet fleet;
  private final String large;
  private int count;

  /**
   * @param large path of a file that is larger than what sockets hold
   */
  HangUps(SplittableRandom random, Fleet fleet, String large) {
    this.random = random;
    this.fleet = fleet;
    this.large = large;
  }

  void run(AtomicBoolean stopped) throws InterruptedException {
    while (!stopped.get()) {
      try (Socket socket = connect(fleet.any(random))) {
        if (random.nextBoolean()) {
          upload(socket);
        } else {
          download(socket);
        }
        count++;
      } catch (IOException killed) {
        // The process was stopped, or it was faster and hung up itself.
      }
      Thread.sleep(random.nextInt(50));
    }
  }

  int count() {
    return count;
  }

  private static Socket connect(Fleet.Member member) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), member.service().base().getPort());
    socket.setSoTimeout(READ_LIMIT_MILLIS);
    return socket;
  }

  private void upload(Socket socket) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(
        head("PUT /blob/never/" + random.nextInt(100), "Content-Length: " + UPLOAD_BYTES)
            .getBytes(StandardCharsets.US_ASCII));
    out.write(new byte[random.nextInt(UPLOAD_BYTES)]);
    out.flush();
  }

  private void download(Socket socket) throws IOException {
    socket
        .getOutputStream()
        .write(head("GET /blob/" + large, "Accept: */*").getBytes(StandardCharsets.US_ASCII));
    InputStream in = socket.getInputStream();
    in.readNBytes(random.nextInt(1, 200_000));
  }

  private static String head(String requestLine, String header) {
    return requestLine
        + " HTTP/1.1\r\nHost: localhost\r\nContent-MD5: new\r\nAuthorization: Bearer "
        + ServiceProcess.TOKEN
        + "\r\n"
        + header
        + "\r\n\r\n";
  }
}
