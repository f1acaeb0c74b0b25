package dev.memoryproxy.config;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** What {@code HOST} may be; nothing here asks a name server. */
final class HostName {
  private static final Pattern NAME =
      Pattern.compile("(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9_-]{0,62})(\\.[A-Za-z0-9_-]{1,63})*");
  private static final Pattern NUMERIC = Pattern.compile("[0-9.]+");

  private HostName() {}

  static boolean isValid(String host) {
    return NetUtil.createByteArrayFromIpAddressString(host) != null
        || (NAME.matcher(host).matches() && !NUMERIC.matcher(host).matches());
  }

  /** Whether only this machine can reach it. Of the names only {@code localhost} is believed. */
  static boolean isLoopback(String host) {
    byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
    if (address == null) {
      return host.equalsIgnoreCase("localhost");
    }
    try {
      return InetAddress.getByAddress(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four or sixteen bytes are an address", e);
    }
  }
}
