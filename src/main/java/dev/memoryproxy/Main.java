package dev.memoryproxy;

/** Starts the service. */
public final class Main {
  private Main() {}

  /** Starts the service. */
  public static void main(String[] args) {}
}
