package dev.memoryproxy.e2e;

import dev.memoryproxy.s3server.S3TestServer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The files in a bucket as any S3 tool sees them, compared with what a service publishes. */
final class BucketObjects implements AutoCloseable {
  private static final String PREFIX = "memory/";

  private final String bucket;
  private final S3AsyncClient client;

  BucketObjects(S3TestServer s3) {
    this.bucket = s3.bucket();
    this.client =
        S3AsyncClient.builder()
            .endpointOverride(s3.endpoint())
            .forcePathStyle(true)
            .region(Region.US_EAST_1)
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(s3.accessKey(), s3.secretKey())))
            .build();
  }

  /** Where the index, or a read through the service, differs from the objects. */
  List<String> differences(Fleet.Member member) {
    Map<String, HeadObjectResponse> objects = objects();
    JsonObject files = member.client().files();
    List<String> differences = new ArrayList<>();
    Set<String> paths = new TreeSet<>(objects.keySet());
    paths.addAll(files.fieldNames());
    for (String path : paths) {
      String entry = entry(files.getJsonObject(path));
      String object = object(objects.get(path));
      if (!entry.equals(object)) {
        differences.add(path + " is listed as " + entry + " and stored as " + object);
      } else if (!served(member.client().get(path)).equals(object)) {
        differences.add(path + " is stored as " + object + " and served as something else");
      }
    }
    return differences;
  }

  private static String entry(@Nullable JsonObject entry) {
    if (entry == null) {
      return "absent";
    }
    return entry.getBoolean("is_deleted")
        ? "deleted"
        : entry.getString("md5") + " at " + entry.getLong("version");
  }

  private static String object(@Nullable HeadObjectResponse head) {
    if (head == null) {
      return "absent";
    }
    return "true".equals(head.metadata().get("is-deleted"))
        ? "deleted"
        : head.eTag().replace("\"", "") + " at " + head.metadata().get("version");
  }

  private static String served(Client.Answer answer) {
    return answer.status() == 404
        ? "deleted"
        : answer.header("ETag").replace("\"", "") + " at " + answer.header("X-Version");
  }

  private Map<String, HeadObjectResponse> objects() {
    List<String> keys = new ArrayList<>();
    client
        .listObjectsV2Paginator(request -> request.bucket(bucket).prefix(PREFIX))
        .contents()
        .map(S3Object::key)
        .filter(key -> !key.contains("/.sync-"))
        .subscribe(keys::add)
        .join();
    Map<String, HeadObjectResponse> objects = new TreeMap<>();
    for (String key : keys) {
      objects.put(
          key.substring(PREFIX.length()),
          client.headObject(request -> request.bucket(bucket).key(key)).join());
    }
    return objects;
  }

  @Override
  public void close() {
    client.close();
  }
}
