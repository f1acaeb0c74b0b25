package dev.memoryproxy.config;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Turns the texts of variables into values. A text that can't be is put on record as a problem and
 * replaced by a stand-in, so that the rest can be checked as well.
 */
final class SettingReader {
  /** Stands in for a URL that was refused. */
  static final URI NO_URL = URI.create("http://unset.invalid");

  private static final int MAX_PORT = 65_535;

  private final Map<Variable, String> values;
  private final Set<Variable> doubtful;
  private final List<String> problems;

  SettingReader(ConfigSources.Settings settings) {
    this.values = settings.values();
    this.doubtful = settings.doubtful();
    this.problems = new ArrayList<>(settings.problems());
  }

  /**
   * Ends the reading.
   *
   * @throws ConfigException if there was any problem
   */
  void refuseProblems() {
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }

  URI url(Variable variable, String text) {
    URI url;
    try {
      url = URI.create(text);
    } catch (IllegalArgumentException e) {
      // The exception's own message quotes the URL, which may hold a password.
      problem(variable, "is not a URL");
      return NO_URL;
    }
    if (!"http".equalsIgnoreCase(url.getScheme()) && !"https".equalsIgnoreCase(url.getScheme())) {
      problem(variable, "is not an absolute http or https URL");
    } else if (url.getHost() == null || url.getPort() > MAX_PORT) {
      problem(variable, "has no valid host and port");
    } else if (url.getRawUserInfo() != null) {
      problem(variable, "has a user name or password in it, which is not supported");
    } else if (url.getRawQuery() != null || url.getRawFragment() != null) {
      problem(variable, "has a query or fragment");
    }
    return url;
  }

  <E extends Enum<E>> Optional<E> choice(Variable variable, Class<E> type) {
    try {
      return Optional.of(Enum.valueOf(type, text(variable).toUpperCase(Locale.ROOT)));
    } catch (IllegalArgumentException e) {
      wrongValue(variable);
      return Optional.empty();
    }
  }

  long number(Variable variable, long min, long max) {
    String text = text(variable);
    // At most 18 digits cannot overflow.
    if (text.matches("[0-9]{1,18}")) {
      long value = Long.parseLong(text);
      if (value >= min && value <= max) {
        return value;
      }
    }
    wrongValue(variable);
    return min;
  }

  /**
   * A text that must not be empty.
   *
   * @param mode what needs it; empty when nobody knows whether anything does
   */
  String needed(Variable variable, Optional<String> mode) {
    String value = text(variable);
    if (value.isEmpty() && mode.isPresent()) {
      problem(variable, "is not set, and " + mode.get() + " needs it");
    }
    return value;
  }

  String text(Variable variable) {
    return values.getOrDefault(variable, "");
  }

  /** For variables that never hold a secret: shows what was set. */
  void wrongValue(Variable variable) {
    problem(variable, "is " + Printable.of(text(variable)));
  }

  /**
   * Puts on record that a variable is wrong in a way that its usual remedy mends; not of one whose
   * value nobody knows, which would be untrue.
   */
  void problem(Variable variable, String what) {
    if (!isDoubtful(variable)) {
      problems.add(variable + " " + what + ": set it to " + variable.remedy() + ".");
    }
  }

  /**
   * Whether nobody knows what a variable is set to, because a file can't be read; that is on record
   * already. Its text is empty then.
   */
  boolean isDoubtful(Variable variable) {
    return doubtful.contains(variable);
  }

  /** Puts any other problem on record. */
  void problem(String problem) {
    problems.add(problem);
  }
}
