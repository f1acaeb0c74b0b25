package dev.memoryproxy.config;

import dev.memoryproxy.config.ServiceConfig.Auth;
import dev.memoryproxy.config.ServiceConfig.HeareAuth;
import dev.memoryproxy.config.ServiceConfig.NoAuth;
import dev.memoryproxy.config.ServiceConfig.TokenAuth;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads who may call: {@code AUTH} and what belongs to it. */
final class AuthParser {
  private static final int MIN_PUBLIC_TOKEN = 16;
  private static final int MAX_TOKEN = 4096;

  /** What fits behind "Bearer ": token68 of RFC 9110. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

  private final SettingReader reader;
  private final Path workingDirectory;
  private final boolean onlyThisMachine;

  /**
   * Reads nothing yet.
   *
   * @param workingDirectory where a relative file is looked for
   * @param onlyThisMachine whether nobody else reaches the service, or that is not known
   */
  AuthParser(SettingReader reader, Path workingDirectory, boolean onlyThisMachine) {
    this.reader = reader;
    this.workingDirectory = workingDirectory;
    this.onlyThisMachine = onlyThisMachine;
  }

  private enum Mode {
    HEARE,
    TOKENS,
    NONE
  }

  /** Who may call; what is wrong is put on record. */
  Auth parse() {
    Optional<Mode> mode = reader.choice(Variable.AUTH, Mode.class);
    if (mode.isEmpty()) {
      // What an unknown mode needs is unknown too; what is there can be looked at all the same.
      heare(Optional.empty());
      return tokens(Optional.empty());
    }
    return switch (mode.get()) {
      case HEARE -> heare(Optional.of("AUTH=heare"));
      case TOKENS -> tokens(Optional.of("AUTH=tokens"));
      case NONE -> none();
    };
  }

  private NoAuth none() {
    if (!onlyThisMachine) {
      reader.problem(
          "AUTH is none, which would let everyone in who reaches HOST: set HOST to a loopback"
              + " address such as 127.0.0.1, or AUTH to heare or tokens.");
    }
    for (Variable tokens : List.of(Variable.AUTH_TOKENS, Variable.AUTH_TOKENS_FILE)) {
      if (!reader.text(tokens).isEmpty()) {
        reader.problem(
            tokens
                + " is set, but with AUTH=none nobody is asked for a token: remove it, or set AUTH"
                + " to tokens.");
      }
    }
    return new NoAuth();
  }

  private HeareAuth heare(Optional<String> mode) {
    String url = reader.needed(Variable.HEARE_AUTH_URL, mode);
    String appId = reader.needed(Variable.HEARE_AUTH_APP_ID, mode);
    URI base =
        url.isEmpty()
            ? SettingReader.NO_URL
            : reader.url(Variable.HEARE_AUTH_URL, url.replaceFirst("/+$", ""));
    return new HeareAuth(base, appId);
  }

  private TokenAuth tokens(Optional<String> mode) {
    String file = reader.text(Variable.AUTH_TOKENS_FILE);
    boolean listNeeded = file.isEmpty() && !reader.isDoubtful(Variable.AUTH_TOKENS_FILE);
    List<Secret> tokens =
        listed(
            listNeeded
                ? reader.needed(Variable.AUTH_TOKENS, mode)
                : reader.text(Variable.AUTH_TOKENS));
    return new TokenAuth(tokens, file.isEmpty() ? Optional.empty() : tokenFile(file, tokens, mode));
  }

  private Optional<TokenFile> tokenFile(String name, List<Secret> others, Optional<String> mode) {
    try {
      Path path = workingDirectory.resolve(name);
      TokenFile file = TokenFile.parse(path, TokenFile.read(path), others);
      if (mode.isPresent()
          && file.entries().isEmpty()
          && others.isEmpty()
          && !reader.isDoubtful(Variable.AUTH_TOKENS)) {
        reader.problem(
            "AUTH_TOKENS_FILE lists no token and AUTH_TOKENS is not set, so that nobody could call:"
                + " list one.");
      }
      return Optional.of(file);
    } catch (InvalidPathException e) {
      reader.problem(Variable.AUTH_TOKENS_FILE, "is not a path");
    } catch (ConfigException e) {
      e.problems().forEach(reader::problem);
    }
    return Optional.empty();
  }

  private List<Secret> listed(String list) {
    List<Secret> tokens = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    String[] items = list.isEmpty() ? new String[0] : list.split(",", -1);
    for (int i = 0; i < items.length; i++) {
      String token = items[i].strip();
      String name = "token " + (i + 1) + " of " + items.length;
      if (token.isEmpty()) {
        reader.problem("AUTH_TOKENS has an empty entry (" + name + "): remove the extra comma.");
      } else if (!TOKEN.matcher(token).matches() || token.length() > MAX_TOKEN) {
        reader.problem(
            "AUTH_TOKENS has a token that no client could send ("
                + name
                + "): use up to 4096 letters, digits and -._~+/ only.");
      } else if (token.length() < MIN_PUBLIC_TOKEN && !onlyThisMachine) {
        reader.problem(
            "AUTH_TOKENS has a token that is too short to be safe ("
                + name
                + "): use at least 16 characters, such as the output of 'openssl rand -hex 16',"
                + " or listen on a loopback HOST.");
      } else if (!seen.add(token)) {
        reader.problem("AUTH_TOKENS has a token twice (" + name + "): remove one.");
      }
      tokens.add(Secret.of(token));
    }
    return tokens;
  }
}
