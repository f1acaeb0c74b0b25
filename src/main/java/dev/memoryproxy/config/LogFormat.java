package dev.memoryproxy.config;

/** How the log looks. */
public enum LogFormat {
  /** A line an event, for people. */
  TEXT,
  /** A JSON object a line, for machines. */
  JSON
}
