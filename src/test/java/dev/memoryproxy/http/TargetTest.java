package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.http.Target.Resource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetTest {
  @ParameterizedTest
  @CsvSource({
    "/a/blob/b,a,b",
    "/a/b/blob/c/d,a/b,c/d",
    "/a%2Fb/blob/c%2Fd,a/b,c/d",
    "/a%2fb/blob/c%2fd,a/b,c/d",
    "/a/blob/b/blob/c,a,b/blob/c",
    "/a/blob/blob/blob/c,a,blob/blob/c",
    "/a%2Fblob%2Fb/blob/c,a/blob/b,c",
    "/a/sync/blob/c,a/sync,c",
    "/a+b/blob/c+d,a+b,c+d",
    "/a%2Bb/blob/c%2Bd,a+b,c+d",
    "/a%20b/blob/%25,a b,%",
    "/a%252Fb/blob/c%252Fd,a%2Fb,c%2Fd",
    "/a/%62lob/b/blob/c,a/blob/b,c",
    "/syncs/blob/a,syncs,a",
  })
  void firstRawBlobSegmentSeparatesNamespaceFromPath(String raw, String namespace, String path) {
    Target target = Target.parse(raw).orElseThrow();
    assertThat(target.resource()).isEqualTo(Resource.BLOB);
    assertThat(target.dialect()).isEqualTo(Dialect.NAMESPACED);
    assertThat(target.blob())
        .isEqualTo(new BlobAddress(Namespace.parse(namespace), BlobPath.parse(path)));
  }

  @ParameterizedTest
  @CsvSource({
    "/sync/a,a",
    "/sync/a/b,a/b",
    "/sync/a%2Fb,a/b",
    "/sync/a/blob/b,a/blob/b",
    "/sync/a+b,a+b",
    "/sync/a%252Fb,a%2Fb",
  })
  void syncNamesItsNamespace(String raw, String namespace) {
    assertThat(Target.parse(raw))
        .contains(new Target(Resource.INDEX, Dialect.NAMESPACED, Namespace.parse(namespace), ""));
  }

  @Test
  void routesWithoutNamespaceAreThePlainDialects() {
    assertThat(Target.parse("/blob/a/blob/b").orElseThrow())
        .isEqualTo(new Target(Resource.BLOB, Dialect.PLAIN, Namespace.DEFAULT, "a/blob/b"));
    assertThat(Target.parse("/sync"))
        .contains(new Target(Resource.INDEX, Dialect.PLAIN, Namespace.DEFAULT, ""));
    assertThat(Target.parse("/health").orElseThrow().resource()).isEqualTo(Resource.HEALTH);
    assertThat(Target.parse("/a/blob")).isEmpty();
    assertThat(Target.parse("a/blob/b")).isEmpty();
  }
}
