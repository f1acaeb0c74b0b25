package dev.memoryproxy.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.ProxyError;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WriteRefusalTest {
  @Test
  void changedFileIsExplainedToWhoeverWritesAndToWhoeverDeletes() {
    StoredBlob state = new StoredBlob("e", "m", 1, 7, null, false, 0, "text/plain");

    ProxyError refusal =
        WriteRefusal.of(new Precondition.IfVersion(6), Optional.of(state)).orElseThrow();

    assertThat(refusal.detail()).contains("read it, merge, and write", "or delete");
  }
}
