package dev.memoryproxy.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.RunningService;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The service keeps what the tables of the README's API section promise, row by row, in both
 * dialects and over the wire. A row that nobody checks fails.
 */
class ConformanceTest {
  private static final Pattern STATUS = Pattern.compile("`([1-5]\\d\\d)`");

  /** Only a fault makes the health check fail; {@code HealthTest} causes it. */
  private static final Set<Integer> BY_FAULTS = Set.of(503);

  @TempDir static Path directory;
  private static RunningService service;
  private static final AtomicInteger CONVERSATIONS = new AtomicInteger();

  private final ApiTables tables = ApiTables.read();

  @BeforeAll
  static void start() throws Exception {
    service =
        RunningService.start(
            directory, Map.of("MAX_BLOB_BYTES", Integer.toString(ErrorChecks.MAX_BLOB_BYTES)));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private Conversation conversation(boolean namespaced) {
    return new Conversation(
        new Client(service.base(), RunningService.TOKEN),
        tables,
        "personas/\u00e4 + b/blob/" + CONVERSATIONS.incrementAndGet(),
        namespaced);
  }

  /** What to check for a literal of a table. */
  private interface Check {
    void in(Conversation conversation, String literal);
  }

  private Stream<DynamicTest> inBothDialects(ApiTables.Row row, Check check) {
    List<DynamicTest> tests = new ArrayList<>();
    for (boolean namespaced : new boolean[] {false, true}) {
      for (String literal : row.literals(namespaced ? 1 : 0)) {
        tests.add(
            DynamicTest.dynamicTest(
                (namespaced ? "namespaced: " : "plain: ") + literal,
                () -> check.in(conversation(namespaced), literal)));
      }
    }
    assertThat(tests).as("a row that is about nothing: %s", row).isNotEmpty();
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> everyRouteAnswersAsItsRowSays() {
    return tables.rows("answer").stream()
        .flatMap(row -> inBothDialects(row, (talk, route) -> checkRoute(row, talk, route)));
  }

  private static void checkRoute(ApiTables.Row row, Conversation talk, String route) {
    String name = Conversation.name(route);
    assertThat(RouteChecks.ALL).as("checks of routes").containsKey(name);
    RouteChecks.ALL.getOrDefault(name, none -> {}).accept(talk);
    if (!route.startsWith("HEAD")) {
      Set<Integer> promised = new TreeSet<>();
      STATUS
          .matcher(row.last())
          .results()
          .forEach(it -> promised.add(Integer.valueOf(it.group(1))));
      promised.removeAll(BY_FAULTS);
      assertThat(promised).as(route).isNotEmpty();
      assertThat(talk.statuses()).as(route).containsAll(promised);
    }
  }

  @TestFactory
  Stream<DynamicTest> everyConditionMeansWhatItsRowSays() {
    return tables.rows("the condition").stream()
        .flatMap(
            row ->
                inBothDialects(
                    row,
                    (talk, header) -> {
                      assertThat(ConditionChecks.ALL)
                          .as("checks of conditions")
                          .containsKey(row.last());
                      ConditionChecks.ALL
                          .getOrDefault(row.last(), (none, at) -> {})
                          .accept(talk, header);
                    }));
  }

  @TestFactory
  Stream<DynamicTest> everyErrorHasTheStatusOfItsRow() {
    List<DynamicTest> tests = new ArrayList<>();
    for (ApiTables.Row row : tables.rows("what to do")) {
      List<String> statuses = List.of(row.cells().get(0).split(", ", -1));
      List<String> codes = row.literals(1);
      for (int i = 0; i < codes.size(); i++) {
        String code = codes.get(i);
        int status = Integer.parseInt(statuses.get(Math.min(i, statuses.size() - 1)));
        for (boolean namespaced : new boolean[] {false, true}) {
          tests.add(
              DynamicTest.dynamicTest(
                  (namespaced ? "namespaced: " : "plain: ") + code,
                  () -> checkError(conversation(namespaced), code, status)));
        }
      }
    }
    return tests.stream();
  }

  private static void checkError(Conversation talk, String code, int status)
      throws ClassNotFoundException {
    if (ErrorChecks.ELSEWHERE.containsKey(code)) {
      assertThat(Class.forName(ErrorChecks.ELSEWHERE.get(code))).isNotNull();
      return;
    }
    Client.Answer answer =
        code.equals("UNAUTHENTICATED")
            ? talk.callAs(new Client(service.base(), "nobody"), "GET /sync", "")
            : provoke(talk, code);
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.errorCode()).isEqualTo(code);
    assertThat(answer.json().fieldNames())
        .containsExactlyInAnyOrder("detail", "error_code", "context");
    assertThat(answer.json().getJsonObject("context").getMap().values())
        .allMatch(String.class::isInstance);
  }

  private static Client.Answer provoke(Conversation talk, String code) {
    var check = ErrorChecks.ALL.get(code);
    assertThat(check).as("a check of %s", code).isNotNull();
    return check.apply(talk);
  }

  @Test
  void contentMd5IsTheBodysDigestBesideAVersionAndAlwaysInANamespace() {
    String right = "Content-MD5: " + Conversation.md5("one");
    String wrong = "Content-MD5: " + Conversation.md5("two");
    for (boolean namespaced : new boolean[] {false, true}) {
      Conversation talk = conversation(namespaced);
      assertThat(talk.put("a.md", "one", "If-Match-Version: 0", wrong).errorCode())
          .isEqualTo("DIGEST_MISMATCH");
      assertThat(talk.get("a.md").status()).isEqualTo(404);
      assertThat(talk.put("a.md", "one", "If-Match-Version: 0", right).status()).isEqualTo(201);
    }
    Conversation talk = conversation(true);
    assertThat(talk.put("a.md", "one", "If-None-Match: *", wrong).errorCode())
        .isEqualTo("DIGEST_MISMATCH");
    assertThat(talk.put("a.md", "one", right).status()).isEqualTo(428);
    assertThat(talk.put("a.md", "one", "Content-MD5: new").errorCode()).isEqualTo("INVALID_HEADER");
    talk.create("a.md", "one");
    assertThat(talk.delete("a.md", right).errorCode()).isEqualTo("INVALID_HEADER");
    assertThat(talk.get("a.md").status()).isEqualTo(200);
  }

  @Test
  void missingConditionIsNamedInTheDialectThatWasSpoken() {
    assertThat(conversation(false).put("a.md", "x").json().getString("detail"))
        .contains("Content-MD5: new");
    assertThat(conversation(true).put("a.md", "x").json().getString("detail"))
        .contains("If-Match-Version: 0")
        .doesNotContain("Content-MD5: new");
  }

  @Test
  void repetitionIsAcknowledgedInANamespaceAndRefusedInThePlainDialect() {
    Conversation talk = conversation(true);
    String first = talk.create("a.md", "one");
    String second = talk.put("a.md", "two", "If-Match-Version: " + first).header("X-Version");
    for (String stale : new String[] {first, "0"}) {
      Client.Answer repeated = talk.put("a.md", "two", "If-Match-Version: " + stale);
      assertThat(repeated.status()).isEqualTo(200);
      assertThat(repeated.header("X-Version")).isEqualTo(second);
      assertThat(repeated.json().getJsonObject("files").getJsonObject("a.md"))
          .isEqualTo(talk.entry("a.md"));
    }
    talk.delete("a.md");
    ConditionChecks.assertRefused(talk, talk.put("a.md", "two", "If-Match-Version: " + second));

    Conversation plain = conversation(false);
    plain.create("a.md", "one");
    Client.Answer repeated = plain.put("a.md", "one", "If-Match-Version: 0");
    ConditionChecks.assertRefused(plain, repeated);
    assertThat(repeated.json().getJsonObject("context").getString("current_md5"))
        .isEqualTo(Conversation.md5("one"));
  }

  @Test
  void namespacesHaveFilesAndIndexesOfTheirOwn() {
    Conversation one = conversation(true);
    Conversation other = conversation(true);
    one.create("a.md", "one");
    other.create("a.md", "other");
    assertThat(one.get("a.md").text()).isEqualTo("one");
    one.delete("a.md");
    assertThat(other.get("a.md").text()).isEqualTo("other");
    assertThat(other.sync().json().getJsonObject("files").fieldNames()).containsExactly("a.md");
  }
}
