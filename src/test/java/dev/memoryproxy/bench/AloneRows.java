package dev.memoryproxy.bench;

import dev.memoryproxy.bench.HttpLoad.Outgoing;
import java.time.Duration;

/** How fast the S3 server is by itself, so that it is known not to be what is measured. */
final class AloneRows {
  private static final int CLIENTS = 64;
  private static final int BYTES = 2048;

  private AloneRows() {}

  static String authorization(Bed bed) {
    return "Authorization: AWS4-HMAC-SHA256 Credential="
        + bed.s3.accessKey()
        + "/20260101/us-east-1/s3/aws4_request";
  }

  static void measure(Bed bed) {
    bed.latency(0);
    String bucket = "/" + bed.s3.bucket() + "/alone/";
    String authorization = authorization(bed);
    try (HttpLoad load = new HttpLoad(bed.s3.endpoint(), CLIENTS)) {
      Duel duel =
          new Duel(CLIENTS)
              .with(
                  "PUT 2 KiB, raw connections",
                  load.operation(
                      client ->
                          Outgoing.of(
                              "PUT " + bucket + client, new byte[BYTES], BYTES, authorization)))
              .with(
                  "GET 2 KiB, raw connections",
                  load.operation(client -> Outgoing.get(bucket + client, authorization)))
              .with("PUT 2 KiB, the SDK", BareOperations.put(bed.bare, "alone", CLIENTS, BYTES))
              .with(
                  "GET 2 KiB, the SDK",
                  BareOperations.get(bed.bare, client -> "alone/bare/" + client))
              .warm(Duration.ofSeconds(bed.quick ? 2 : 4));
      Duel.Results reached = duel.closed(bed.rounds(), bed.round());
      reached
          .byName()
          .forEach(
              (name, measured) ->
                  bed.table.row(
                      "the S3 server alone: " + name + ", 64 clients",
                      measured.rate(),
                      "",
                      "",
                      ""));
    }
  }
}
