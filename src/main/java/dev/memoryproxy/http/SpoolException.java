package dev.memoryproxy.http;

import java.io.IOException;
import java.nio.file.Path;

/** The directory where large uploads wait can't be used. */
public final class SpoolException extends IOException {
  private static final long serialVersionUID = 1L;

  SpoolException(Path directory, IOException cause) {
    super(directory + " (" + cause.getClass().getSimpleName() + ")", cause);
  }
}
