package dev.memoryproxy.config;

import io.vertx.config.spi.ConfigStore;
import io.vertx.config.spi.ConfigStoreFactory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code conf/config.json} for vertx-config, whose own file store knows a missing file and a broken
 * one as the same failure. Public for {@link java.util.ServiceLoader} only.
 */
public final class ConfigFileStoreFactory implements ConfigStoreFactory {
  static final String TYPE = "memory-proxy-config-file";
  private static final String FILE = "conf/config.json";

  @Override
  public String name() {
    return TYPE;
  }

  @Override
  public ConfigStore create(Vertx vertx, JsonObject configuration) {
    String path = Path.of(configuration.getString("directory")).resolve(FILE).toString();
    return new ConfigStore() {
      @Override
      public Future<Buffer> get() {
        return vertx
            .fileSystem()
            .readFile(path)
            .map(ConfigFileStoreFactory::layer)
            .otherwise(ConfigFileStoreFactory::unreadable)
            .map(layer -> layer.toJson().toBuffer());
      }

      @Override
      public Future<Void> close() {
        return Future.succeededFuture();
      }
    };
  }

  private static Layer unreadable(Throwable cause) {
    Layer layer = new Layer(FILE);
    if (cause instanceof FileSystemException && cause.getCause() instanceof NoSuchFileException) {
      return layer;
    }
    return layer.problem("cannot be read: make it a file that this process may read.").doubtAll();
  }

  private static Layer layer(Buffer content) {
    Layer layer = new Layer(FILE);
    JsonObject json;
    try {
      json = new JsonObject(content);
    } catch (DecodeException | ClassCastException e) {
      // The parser's own message quotes the file, which may hold secrets.
      return layer
          .problem("is not a JSON object" + JsonPlace.of(e) + ": mend or remove it.")
          .doubtAll();
    }
    for (Map.Entry<String, Object> field : json) {
      Variable variable = Variable.named(field.getKey()).orElse(null);
      if (variable == null) {
        unknown(layer, field.getKey());
      } else {
        set(layer, variable, field.getValue());
      }
    }
    return layer;
  }

  private static void set(Layer layer, Variable variable, @Nullable Object value) {
    boolean whole =
        value instanceof Integer || value instanceof Long || value instanceof BigInteger;
    boolean fits = whole || (value instanceof Boolean && variable.mayBeBoolean());
    if (value != null && (value instanceof String || fits)) {
      layer.set(variable, value.toString());
    } else if (variable.mayBeObject() && value instanceof JsonObject object) {
      layer.set(variable, object.encode());
    } else {
      layer.problem("sets " + variable + " to " + wrong(variable, value)).doubt(variable);
    }
  }

  private static String wrong(Variable variable, @Nullable Object value) {
    if (value == null) {
      return "null: give it a value, or remove it.";
    }
    if (value instanceof JsonArray) {
      return "a list: write one string"
          + (variable.isList() ? ", its parts separated by commas." : ".");
    }
    return value instanceof JsonObject
        ? "an object: write one string."
        : "neither a string nor a whole number: quote it.";
  }

  private static void unknown(Layer layer, String name) {
    Optional<Variable> meant = Variable.like(name);
    meant.ifPresent(layer::doubt);
    layer.problem(
        "sets "
            + Printable.of(name)
            + ", which is unknown: "
            + meant.map(variable -> "did you mean " + variable + "?").orElse("remove it."));
  }
}
