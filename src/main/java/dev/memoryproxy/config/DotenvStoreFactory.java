package dev.memoryproxy.config;

import io.github.cdimascio.dotenv.Dotenv;
import io.github.cdimascio.dotenv.DotenvEntry;
import io.github.cdimascio.dotenv.DotenvException;
import io.vertx.config.spi.ConfigStore;
import io.vertx.config.spi.ConfigStoreFactory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * {@code .env} for vertx-config, read by dotenv-java. Names that are not this service's are left
 * alone: such a file is often shared. Public for {@link java.util.ServiceLoader} only.
 */
public final class DotenvStoreFactory implements ConfigStoreFactory {
  static final String TYPE = "memory-proxy-dotenv";
  private static final String FILE = ".env";

  @Override
  public String name() {
    return TYPE;
  }

  @Override
  public ConfigStore create(Vertx vertx, JsonObject configuration) {
    Path directory = Path.of(configuration.getString("directory"));
    return new ConfigStore() {
      @Override
      public Future<Buffer> get() {
        return vertx.executeBlocking(() -> layer(directory).toJson().toBuffer());
      }

      @Override
      public Future<Void> close() {
        return Future.succeededFuture();
      }
    };
  }

  private static Layer layer(Path directory) {
    Layer layer = new Layer(FILE);
    // The library would look for a missing file on the class path as well.
    if (Files.notExists(directory.resolve(FILE))) {
      return layer;
    }
    try {
      Set<DotenvEntry> entries =
          Dotenv.configure()
              .directory(directory.toString())
              .load()
              .entries(Dotenv.Filter.DECLARED_IN_ENV_FILE);
      for (DotenvEntry entry : entries) {
        Variable.named(entry.getKey()).ifPresent(v -> set(layer, v, entry.getValue()));
      }
      return layer;
    } catch (DotenvException e) {
      // The library's own message quotes the line, which may hold a secret.
      return layer.problem(
          "has a line that is not NAME=value, or a double quote that is not closed, or cannot be"
              + " read: mend or remove it.");
    }
  }

  private static void set(Layer layer, Variable variable, String value) {
    if (value.length() > 1 && value.startsWith("'") && value.endsWith("'")) {
      layer.problem(
          "sets "
              + variable
              + " in single quotes, which would become part of it: use double ones.");
      return;
    }
    layer.set(variable, value);
  }
}
