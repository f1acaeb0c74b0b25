package dev.memoryproxy.s3server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** The jars of S3 servers that the build puts aside before the integration tests. */
final class ServerJars {
  private static final String DIRECTORY = "memoryproxy.s3servers";

  private ServerJars() {}

  /** The jar; without the build's help the test is skipped, with it a missing jar is an error. */
  static Path find(String name) {
    String directory = System.getProperty(DIRECTORY);
    assumeTrue(directory != null, name + " is fetched by ./mvnw verify: run the test through it");
    Path jar = Path.of(directory, name);
    if (!Files.exists(jar)) {
      throw new IllegalStateException(jar + " is missing: ./mvnw verify fetches it");
    }
    return jar;
  }

  /** A directory for what a server leaves behind. */
  static Path scratch(String name) {
    try {
      return Files.createTempDirectory(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes a directory with all that is in it, as far as that goes. */
  static void remove(Path directory) {
    try (Stream<Path> found = Files.walk(directory)) {
      found.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      // The operating system clears its temporary files sooner or later.
    }
  }
}
