package dev.memoryproxy.config;

import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the sources of configuration and merges them through vertx-config. */
final class ConfigSources {
  private static final int NEVER = -1;

  private ConfigSources() {}

  /**
   * What all sources say together.
   *
   * @param values the text of each variable that is set or has a default
   * @param doubtful variables that may be set where a file can't be read; without a text
   * @param problems of the files themselves
   */
  record Settings(Map<Variable, String> values, Set<Variable> doubtful, List<String> problems) {
    Settings {
      values = Collections.unmodifiableMap(new EnumMap<>(values));
      doubtful = Set.copyOf(doubtful);
      problems = List.copyOf(problems);
    }
  }

  static Future<Settings> read(Vertx vertx, Path directory, Map<String, String> environment) {
    ConfigRetriever retriever =
        ConfigRetriever.create(
            vertx,
            new ConfigRetrieverOptions()
                .setScanPeriod(NEVER)
                .setIncludeDefaultStores(false)
                .addStore(inMemory(defaults()))
                .addStore(file(ConfigFileStoreFactory.TYPE, directory))
                .addStore(file(DotenvStoreFactory.TYPE, directory))
                .addStore(inMemory(fromEnvironment(environment))));
    return retriever.getConfig().eventually(retriever::close).map(ConfigSources::settings);
  }

  // vertx-config's own store for the environment would guess types: a secret of digits only would
  // become a number and lose its leading zeros.
  private static ConfigStoreOptions inMemory(JsonObject json) {
    return new ConfigStoreOptions().setType("json").setConfig(json);
  }

  private static ConfigStoreOptions file(String type, Path directory) {
    return new ConfigStoreOptions()
        .setType(type)
        .setConfig(new JsonObject().put("directory", directory.toString()));
  }

  private static JsonObject defaults() {
    Layer layer = new Layer("built-in");
    for (Variable variable : Variable.values()) {
      String value = variable.defaultValue();
      if (value != null) {
        layer.set(variable, value);
      }
    }
    return layer.toJson();
  }

  private static JsonObject fromEnvironment(Map<String, String> environment) {
    Layer layer = new Layer("environment");
    for (Variable variable : Variable.values()) {
      String value = environment.get(variable.name());
      if (value != null) {
        layer.set(variable, value);
      }
    }
    return layer.toJson();
  }

  private static Settings settings(JsonObject merged) {
    Map<Variable, String> values = new EnumMap<>(Variable.class);
    Set<Variable> doubtful = EnumSet.noneOf(Variable.class);
    List<String> problems = new ArrayList<>();
    for (String name : merged.fieldNames()) {
      if (Layer.holdsProblems(name)) {
        merged.getJsonArray(name).forEach(problem -> problems.add(String.valueOf(problem)));
      } else {
        Variable variable = Variable.named(name).orElseThrow();
        if (Layer.isInDoubt(merged.getValue(name))) {
          doubtful.add(variable);
        } else {
          values.put(variable, merged.getString(name));
        }
      }
    }
    return new Settings(values, doubtful, problems);
  }
}
