package dev.memoryproxy.config;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * What one source of configuration says, as vertx-config merges it: a text for each variable, and
 * the source's problems under a name that no variable can have.
 */
final class Layer {
  private static final String PROBLEMS = "problems of ";

  private final String source;
  private final JsonObject json = new JsonObject();
  private final JsonArray problems = new JsonArray();

  /**
   * Starts empty.
   *
   * @param source the file's name as the operator knows it
   */
  Layer(String source) {
    this.source = source;
  }

  /** Sets a variable; an empty text leaves it unset, unless it may be empty. */
  Layer set(Variable variable, String value) {
    String stripped = value.strip();
    if (!stripped.isEmpty() || variable.mayBeEmpty()) {
      json.put(variable.name(), stripped);
    }
    return this;
  }

  /**
   * Puts a problem on record.
   *
   * @param problem follows the source's name; holds no value
   */
  Layer problem(String problem) {
    problems.add(source + " " + problem);
    return this;
  }

  JsonObject toJson() {
    return problems.isEmpty() ? json : json.copy().put(PROBLEMS + source, problems);
  }

  static boolean holdsProblems(String name) {
    return name.startsWith(PROBLEMS);
  }
}
