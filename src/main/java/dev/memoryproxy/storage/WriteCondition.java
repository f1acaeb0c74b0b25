package dev.memoryproxy.storage;

/** A condition that the store itself checks when a write takes effect. */
public sealed interface WriteCondition {
  /** Always. */
  record None() implements WriteCondition {}

  /** Only if no object has the key: {@code If-None-Match: *}. */
  record IfAbsent() implements WriteCondition {}

  /** Only if the object is in this state: {@code If-Match}. */
  record IfEtag(String etag) implements WriteCondition {}
}
