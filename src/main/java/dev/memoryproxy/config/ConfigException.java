package dev.memoryproxy.config;

import java.util.List;

/**
 * A configuration that was refused. The message lists every problem, a line each, and holds no
 * secret: it is meant to be printed as it is.
 */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What a process exits with for this: {@code EX_CONFIG} of BSD's {@code sysexits.h}. */
  public static final int EXIT_STATUS = 78;

  private final transient List<String> problems;

  ConfigException(List<String> problems) {
    super(message(problems), null, false, false);
    this.problems = List.copyOf(problems);
  }

  /** A line for each problem: the variable or file, what is wrong, what to do. */
  public List<String> problems() {
    return problems;
  }

  private static String message(List<String> problems) {
    return "The configuration has "
        + (problems.size() == 1 ? "a problem" : problems.size() + " problems")
        + ":\n  "
        + String.join("\n  ", problems)
        + "\nVariables are read from the environment, else from .env, else from conf/config.json.";
  }
}
