package dev.memoryproxy.auth;

import dev.memoryproxy.config.Secret;
import dev.memoryproxy.config.TokenFile;
import io.vertx.core.Future;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A fixed list of tokens. How long a verdict takes depends neither on the token nor on where in the
 * list it stands: digests are compared, each in constant time, always all of them.
 */
final class StaticTokens implements TokenVerifier {
  private static final Verdict REFUSED = new Verdict.Refused();

  private final List<byte[]> digests = new ArrayList<>();
  private final List<Verdict> verdicts = new ArrayList<>();

  /**
   * The tokens of the settings are known by their place in the list, counted from 1, and open
   * everything; those of a file by their name.
   */
  StaticTokens(List<Secret> tokens, List<TokenFile.Entry> entries) {
    for (Secret token : tokens) {
      int place = digests.size() + 1;
      add(
          TokenDigest.bytesOf(token),
          new Principal("token-" + place, "token " + place, Access.EVERYTHING));
    }
    for (TokenFile.Entry entry : entries) {
      Access access = entry.namespaces().map(Access::of).orElse(Access.EVERYTHING);
      add(
          HexFormat.of().parseHex(entry.sha256().reveal()),
          new Principal(entry.name(), entry.name(), access));
    }
  }

  private void add(byte[] digest, Principal owner) {
    digests.add(digest);
    verdicts.add(new Verdict.Accepted(owner));
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

  /** How many tokens there are. */
  int size() {
    return digests.size();
  }
}
