package dev.memoryproxy.auth;

import dev.memoryproxy.config.Secret;
import io.vertx.core.Future;
import java.security.MessageDigest;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A fixed list of tokens. How long a verdict takes depends neither on the token nor on where in the
 * list it stands: digests are compared, each in constant time, always all of them.
 */
final class StaticTokens implements TokenVerifier {
  private static final Verdict REFUSED = new Verdict.Refused();

  private final List<byte[]> digests;
  private final List<Verdict> verdicts;

  /** Tokens are known by their place in the list, counted from 1. */
  StaticTokens(List<Secret> tokens) {
    digests = tokens.stream().map(TokenDigest::bytesOf).toList();
    verdicts =
        IntStream.rangeClosed(1, tokens.size())
            .<Verdict>mapToObj(
                place -> new Verdict.Accepted(new Principal("token-" + place, "token " + place)))
            .toList();
  }

  @Override
  public Future<Verdict> verify(Secret token) {
    byte[] digest = TokenDigest.bytesOf(token);
    Verdict verdict = REFUSED;
    for (int i = 0; i < digests.size(); i++) {
      boolean same = MessageDigest.isEqual(digests.get(i), digest);
      verdict = same ? verdicts.get(i) : verdict;
    }
    return Future.succeededFuture(verdict);
  }
}
