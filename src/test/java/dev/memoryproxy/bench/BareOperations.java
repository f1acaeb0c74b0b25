package dev.memoryproxy.bench;

import dev.memoryproxy.bench.Operation.Done;
import dev.memoryproxy.storage.BareS3;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/** The SDK's own requests as operations. */
final class BareOperations {
  private BareOperations() {}

  /** Each client overwrites an object of its own. */
  static Operation put(BareS3 s3, String prefix, int clients, int bytes) {
    byte[][] contents = new byte[clients][bytes];
    for (byte[] content : contents) {
      Arrays.fill(content, (byte) 'b');
    }
    return (client, done) -> {
      // The SDK may still read the array that it was given last.
      byte[] content = bytes <= 64 << 10 ? contents[client].clone() : contents[client];
      PutWorkload.freshen(content);
      report(s3.put(prefix + "/bare/" + client, content), done);
    };
  }

  /** Each client reads objects. */
  static Operation get(BareS3 s3, IntFunction<String> keys) {
    return (client, done) -> report(s3.get(keys.apply(client)), done);
  }

  // Nothing follows the report, so the future behind it tells nobody anything.
  @SuppressWarnings("FutureReturnValueIgnored")
  private static void report(CompletableFuture<?> request, Done done) {
    request.whenComplete((answer, failure) -> done.ended(failure));
  }
}
