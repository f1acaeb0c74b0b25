package dev.memoryproxy.config;

import dev.memoryproxy.blob.NamespaceGrant;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * {@code AUTH_TOKENS_FILE}: the accepted tokens by their digests, and what each may do.
 *
 * @param path absolute
 * @param version the same for equal bytes only
 * @param entries all with different names and digests
 */
public record TokenFile(Path path, String version, List<Entry> entries) {
  /** The largest file that is read. */
  public static final int MAX_BYTES = 1 << 20;

  public TokenFile {
    entries = List.copyOf(entries);
  }

  /**
   * One token.
   *
   * @param name for people; not empty
   * @param sha256 the SHA-256 of the token's UTF-8 bytes, in 64 lower case hex digits
   * @param namespaces what it opens; empty for everything
   */
  public record Entry(String name, Secret sha256, Optional<List<NamespaceGrant>> namespaces) {}

  /**
   * A file's bytes. It is opened by its path each time, so a link that was turned to another file
   * and a file that was replaced are followed.
   *
   * <p>Blocks.
   *
   * @throws ConfigException when it can't be read or is too large
   */
  public static Buffer read(Path path) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(path)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw refused("does not exist");
    } catch (IOException e) {
      throw refused("cannot be read (" + e.getClass().getSimpleName() + ")");
    }
    if (bytes.length > MAX_BYTES) {
      throw refused("is larger than " + MAX_BYTES + " bytes");
    }
    return Buffer.buffer(bytes);
  }

  /**
   * Reads what the file says.
   *
   * @param path where it lies
   * @param others tokens that are accepted besides, which the file may not list again
   * @throws ConfigException which names every entry that is wrong, and quotes none
   */
  public static TokenFile parse(Path path, Buffer content, List<Secret> others) {
    return new TokenFile(path, version(content), new TokenFileParser(others).parse(content));
  }

  /** What tells a file's bytes from others without showing them. */
  public static String version(Buffer content) {
    return sha256(content.getBytes());
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static ConfigException refused(String what) {
    return new ConfigException(
        List.of(
            Variable.AUTH_TOKENS_FILE
                + " "
                + what
                + ": set it to "
                + Variable.AUTH_TOKENS_FILE.remedy()
                + "."));
  }
}
