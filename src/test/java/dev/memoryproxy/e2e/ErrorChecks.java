package dev.memoryproxy.e2e;

import java.util.Map;
import java.util.function.Function;

/** How to provoke each error of the README's table. */
final class ErrorChecks {
  /** The largest body that the service under test takes. */
  static final int MAX_BLOB_BYTES = 10_000;

  static final Map<String, Function<Conversation, Client.Answer>> ALL =
      Map.ofEntries(
          Map.entry("INVALID_PATH", talk -> talk.get("../a.md")),
          Map.entry("INVALID_HEADER", talk -> talk.put("a.md", "x", "If-Match-Version: latest")),
          Map.entry(
              "DIGEST_MISMATCH",
              talk ->
                  talk.put(
                      "a.md",
                      "x",
                      "If-Match-Version: 0",
                      "Content-MD5: " + Conversation.md5("another"))),
          Map.entry(
              "INVALID_REQUEST",
              talk -> talk.call("GET /sync?since={index_version}", "yesterday", "")),
          Map.entry("NOT_FOUND", talk -> talk.get("nothing.md")),
          Map.entry(
              "METHOD_NOT_ALLOWED",
              talk -> talk.callWith("POST", "GET /blob/{path}", talk.path("a.md"))),
          Map.entry(
              "PRECONDITION_FAILED",
              talk -> {
                talk.create("there.md", "one");
                return talk.put("there.md", "two", "If-Match-Version: 0");
              }),
          Map.entry(
              "TOO_LARGE",
              talk -> talk.put("a.md", "x".repeat(MAX_BLOB_BYTES + 1), "If-Match-Version: 0")),
          Map.entry(
              "RANGE_NOT_SATISFIABLE",
              talk -> {
                talk.create("short.md", "one");
                return talk.get("short.md", "Range: bytes=100-");
              }),
          Map.entry("URI_TOO_LONG", talk -> talk.get("x".repeat(20_000))),
          Map.entry("HEADERS_TOO_LARGE", talk -> talk.get("a.md", "X-More: " + "x".repeat(40_000))),
          Map.entry("PRECONDITION_REQUIRED", talk -> talk.put("a.md", "x")));

  /** Errors that take a fault or several callers, and the tests that cause it. */
  static final Map<String, String> ELSEWHERE =
      Map.of(
          "EXPECTATION_FAILED", "dev.memoryproxy.http.UploadTest",
          "FORBIDDEN", "dev.memoryproxy.http.NamespaceAccessTest",
          "CONFLICT", "dev.memoryproxy.e2e.OverlappingNamesTest",
          "REQUEST_TIMEOUT", "dev.memoryproxy.http.UploadTest",
          "DAMAGED", "dev.memoryproxy.e2e.ForeignFileTest",
          "STORAGE_UNAVAILABLE", "dev.memoryproxy.e2e.StorageFaultsIT",
          "AUTH_UNAVAILABLE", "dev.memoryproxy.e2e.AuthFaultsIT",
          "OVERLOADED", "dev.memoryproxy.http.UploadTest");

  private ErrorChecks() {}
}
