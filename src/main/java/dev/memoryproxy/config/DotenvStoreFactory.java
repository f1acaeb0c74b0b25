package dev.memoryproxy.config;

import io.vertx.config.spi.ConfigStore;
import io.vertx.config.spi.ConfigStoreFactory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** {@code .env} for vertx-config. Public for {@link java.util.ServiceLoader} only. */
public final class DotenvStoreFactory implements ConfigStoreFactory {
  static final String TYPE = "memory-proxy-dotenv";

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
    try {
      return DotenvFile.read(Files.readAllBytes(directory.resolve(DotenvFile.NAME)));
    } catch (NoSuchFileException e) {
      return new Layer(DotenvFile.NAME);
    } catch (IOException e) {
      return new Layer(DotenvFile.NAME)
          .problem("cannot be read: make it a file that this process may read.")
          .doubtAll();
    }
  }
}
