package dev.memoryproxy.config;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.EnumSet;
import java.util.Set;

/**
 * What one source of configuration says, as vertx-config merges it: a text for each variable, and
 * the source's problems under a name that no variable can have.
 *
 * <p>Where a source can't be read, nobody knows what it sets. Such a variable is in doubt, unless a
 * source that comes first sets it: there is no telling what it is, nor that it isn't set.
 */
final class Layer {
  private static final String PROBLEMS = "problems of ";

  /** In place of a text; no text equals it. */
  private static final Boolean IN_DOUBT = Boolean.TRUE;

  private final String source;
  private final JsonObject json = new JsonObject();
  private final JsonArray problems = new JsonArray();
  private final Set<Variable> doubts = EnumSet.noneOf(Variable.class);
  private boolean allInDoubt;

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

  /** Says that the source may set this variable, nobody knows to what. */
  Layer doubt(Variable variable) {
    doubts.add(variable);
    return this;
  }

  /** Says that the source may set any variable to which it gives no text. */
  Layer doubtAll() {
    allInDoubt = true;
    return this;
  }

  JsonObject toJson() {
    JsonObject all = json.copy();
    for (Variable variable : Variable.values()) {
      if (doubts.contains(variable) || (allInDoubt && !json.containsKey(variable.name()))) {
        all.put(variable.name(), IN_DOUBT);
      }
    }
    return problems.isEmpty() ? all : all.put(PROBLEMS + source, problems);
  }

  /** Whether this stands for a variable that nobody knows. */
  static boolean isInDoubt(Object value) {
    return IN_DOUBT.equals(value);
  }

  static boolean holdsProblems(String name) {
    return name.startsWith(PROBLEMS);
  }
}
