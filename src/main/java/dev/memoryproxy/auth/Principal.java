package dev.memoryproxy.auth;

/**
 * Whoever a token belongs to.
 *
 * @param keyId names the token without being it; may be empty
 * @param name for people to read; may be empty
 * @param access what its owner may do
 */
public record Principal(String keyId, String name, Access access) {}
