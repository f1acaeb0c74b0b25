package dev.memoryproxy.index;

/** What clients see of an entry, see {@link IndexEntry}. */
interface PublishedEntry {
  String md5();

  long lastModified();

  long size();

  long version();

  boolean deleted();
}
