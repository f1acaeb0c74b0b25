package dev.memoryproxy.auth;

import dev.memoryproxy.config.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The SHA-256 of a token: names it without being it. */
record TokenDigest(long first, long second, long third, long fourth) {

  static TokenDigest of(Secret token) {
    ByteBuffer bytes = ByteBuffer.wrap(bytesOf(token));
    return new TokenDigest(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong());
  }

  /** The digest's 32 bytes. */
  static byte[] bytesOf(Secret token) {
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(token.reveal().getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
