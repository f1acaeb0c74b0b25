package dev.memoryproxy.config;

import dev.memoryproxy.blob.NamespaceGrant;
import dev.memoryproxy.blob.PatternException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the entries of {@code AUTH_TOKENS_FILE}. A field it doesn't know is refused: it may be a
 * misspelt {@code namespaces}, without which a token opens everything.
 */
final class TokenFileParser {
  private static final int MAX_ENTRIES = 10_000;
  private static final int MAX_NAME = 100;
  private static final int MAX_PROBLEMS = 20;
  private static final String NAME = "name";
  private static final String SHA256 = "sha256";
  private static final String NAMESPACES = "namespaces";
  private static final Set<String> FIELDS = Set.of(NAME, SHA256, NAMESPACES);

  private final List<String> problems = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private final Set<String> digests = new HashSet<>();
  private final Set<String> others = new HashSet<>();

  TokenFileParser(List<Secret> others) {
    for (Secret token : others) {
      this.others.add(TokenFile.sha256(token.reveal().getBytes(StandardCharsets.UTF_8)));
    }
  }

  /**
   * Reads all entries.
   *
   * @throws ConfigException with the problems, twenty at most
   */
  List<TokenFile.Entry> parse(Buffer content) {
    JsonArray list = list(content);
    List<TokenFile.Entry> entries = new ArrayList<>();
    for (int i = 0; i < list.size() && problems.size() < MAX_PROBLEMS; i++) {
      String place = "has an entry (number " + (i + 1) + " of " + list.size() + ") ";
      if (list.getValue(i) instanceof JsonObject entry) {
        entries.add(entry(entry, place));
      } else {
        problem(place + "that is no JSON object", "write {\"name\": …, \"sha256\": …}");
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return entries;
  }

  private JsonArray list(Buffer content) {
    try {
      JsonArray list = new JsonArray(content);
      if (list.size() <= MAX_ENTRIES) {
        return list;
      }
      problem("has more than " + MAX_ENTRIES + " entries", "remove some");
    } catch (DecodeException | ClassCastException e) {
      // The exception's own message quotes the file.
      problem("is not a JSON list" + JsonPlace.of(e), "mend it");
    }
    throw new ConfigException(problems);
  }

  private TokenFile.Entry entry(JsonObject json, String place) {
    for (String field : json.fieldNames()) {
      if (!FIELDS.contains(field)) {
        problem(
            place + "with an unknown field " + Printable.of(field),
            "there are \"name\", \"sha256\" and \"namespaces\"");
      }
    }
    return new TokenFile.Entry(name(json, place), digest(json, place), namespaces(json, place));
  }

  private String name(JsonObject json, String place) {
    if (!(json.getValue(NAME) instanceof String name)
        || name.isBlank()
        || name.length() > MAX_NAME
        || name.chars().anyMatch(Character::isISOControl)) {
      problem(place + "without a usable \"name\"", "give it a text of up to 100 characters");
      return "";
    }
    if (!names.add(name)) {
      problem(place + "with the name of an earlier one", "give each its own");
    }
    return name;
  }

  private Secret digest(JsonObject json, String place) {
    String digest =
        json.getValue(SHA256) instanceof String text ? text.toLowerCase(Locale.ROOT) : "";
    if (!digest.matches("[0-9a-f]{64}")) {
      problem(
          place + "without a usable \"sha256\"", "give it the token's SHA-256 in 64 hex digits");
    } else if (others.contains(digest)) {
      problem(place + "for a token that AUTH_TOKENS lists too", "remove one of them");
    } else if (!digests.add(digest)) {
      problem(place + "with the digest of an earlier one", "remove one of them");
    }
    return Secret.of(digest);
  }

  private Optional<List<NamespaceGrant>> namespaces(JsonObject json, String place) {
    if (!json.containsKey(NAMESPACES)) {
      return Optional.empty();
    }
    Object value = json.getValue(NAMESPACES);
    try {
      return Optional.of(
          NamespaceGrant.parseAll(value instanceof JsonArray list ? list.getList() : value));
    } catch (PatternException e) {
      problem(
          place + "whose \"namespaces\" " + e.problem(),
          "list patterns such as \"personas/alice/**\" and \"shared/**:ro\"");
      return Optional.of(List.of());
    }
  }

  private void problem(String what, String remedy) {
    problems.add(Variable.AUTH_TOKENS_FILE + " " + what + ": " + remedy + ".");
  }
}
