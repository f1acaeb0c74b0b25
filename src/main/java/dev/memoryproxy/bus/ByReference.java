package dev.memoryproxy.bus;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;
import java.util.List;

/** Passes calls within one JVM as they are. */
final class ByReference implements MessageCodec<ByReference.Parcel, ByReference.Parcel> {
  static final String NAME = "memory-proxy-by-reference";

  /** Calls to one address. */
  record Parcel(List<Call> calls) {}

  @Override
  public void encodeToWire(Buffer buffer, Parcel parcel) {
    throw new IllegalStateException("parcels never leave the JVM");
  }

  @Override
  public Parcel decodeFromWire(int position, Buffer buffer) {
    throw new IllegalStateException("parcels never leave the JVM");
  }

  @Override
  public Parcel transform(Parcel parcel) {
    return parcel;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public byte systemCodecID() {
    return -1;
  }
}
