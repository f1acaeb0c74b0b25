package dev.memoryproxy.storage;

import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpRequest;

/** Shows the requests that the SDK sends, as it sends them, to those who ask to see theirs. */
final class SignedRequests implements ExecutionInterceptor {
  /** Set on a request by whoever wants to see it. */
  static final ExecutionAttribute<Seen> SEEN =
      new ExecutionAttribute<>(SignedRequests.class.getName());

  /** The last attempt at a request; null before there was one. Thread-safe. */
  static final class Seen {
    private volatile @Nullable SdkHttpRequest request;

    @Nullable SdkHttpRequest request() {
      return request;
    }
  }

  @Override
  public void beforeTransmission(Context.BeforeTransmission sent, ExecutionAttributes attributes) {
    Seen asked = attributes.getAttribute(SEEN);
    if (asked != null) {
      asked.request = sent.httpRequest();
    }
  }
}
