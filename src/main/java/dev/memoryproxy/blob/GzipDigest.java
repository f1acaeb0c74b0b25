package dev.memoryproxy.blob;

import java.security.MessageDigest;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The MD5 of what a gzip stream (RFC 1952) holds, computed while the stream comes in. Members one
 * after the other count as one content, as every gzip tool has it, and zeros may pad the end. Needs
 * some tens of kilobytes, whatever the stream unpacks to.
 *
 * <p>Not thread-safe. Unpacking a megabyte may take a second where it unpacks to a gigabyte: not
 * for event loops.
 */
public final class GzipDigest implements AutoCloseable {
  private static final int BUFFER = 16 * 1024;
  private static final int FIXED_HEADER = 10;
  private static final int TRAILER = 8;
  private static final int HEADER_CRC = 0x02;
  private static final int EXTRA = 0x04;
  private static final int NAME = 0x08;
  private static final int COMMENT = 0x10;
  private static final int RESERVED = 0xe0;

  private final long maxBytes;
  private final MessageDigest digester = Md5.digester();
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final byte[] buffer = new byte[BUFFER];
  private final byte[] fixed = new byte[FIXED_HEADER];
  private Part part = Part.HEADER;
  private int at;
  private int skip;
  private long trailer;
  private long memberBytes;
  private long unpacked;
  private int members;

  /**
   * @param maxBytes unpacking more is given up
   */
  public GzipDigest(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Where in a member the next byte belongs. */
  private enum Part {
    HEADER,
    EXTRA_LENGTH,
    EXTRA_FIELD,
    NAME,
    COMMENT,
    HEADER_CRC,
    BODY,
    TRAILER
  }

  /** A stream whose content cannot be told. */
  public static final class UnpackException extends Exception {
    private static final long serialVersionUID = 1L;
    private final boolean tooLarge;

    private UnpackException(String message, boolean tooLarge) {
      super(message, null, false, false);
      this.tooLarge = tooLarge;
    }

    /** Whether it unpacks to more than the limit; otherwise it is no gzip stream, or a torn one. */
    public boolean tooLarge() {
      return tooLarge;
    }
  }

  private static UnpackException broken(String message) {
    return new UnpackException(message, false);
  }

  /** Takes in the next bytes of the stream. */
  public void update(byte[] bytes, int from, int length) throws UnpackException {
    int next = from;
    int end = from + length;
    while (next < end) {
      next = part == Part.BODY ? inflate(bytes, next, end) : header(bytes[next] & 0xff, next + 1);
    }
  }

  /** The end of the stream: the digest, as lower-case hex. */
  public String finish() throws UnpackException {
    if (part != Part.HEADER || at != 0 || members == 0) {
      throw broken(members == 0 && part == Part.HEADER ? "no gzip header" : "it breaks off");
    }
    return Md5.hex(digester);
  }

  private int inflate(byte[] bytes, int from, int end) throws UnpackException {
    inflater.setInput(bytes, from, end - from);
    try {
      int count;
      while ((count = inflater.inflate(buffer)) > 0) {
        take(count);
      }
    } catch (DataFormatException e) {
      throw broken("its data are damaged");
    }
    if (inflater.needsDictionary()) {
      throw broken("it needs a dictionary");
    }
    int rest = inflater.getRemaining();
    if (inflater.finished()) {
      part = Part.TRAILER;
      at = 0;
      trailer = 0;
    }
    return end - rest;
  }

  private void take(int count) throws UnpackException {
    unpacked += count;
    memberBytes += count;
    if (unpacked > maxBytes) {
      throw new UnpackException("it unpacks to more than " + maxBytes + " bytes", true);
    }
    digester.update(buffer, 0, count);
    crc.update(buffer, 0, count);
  }

  /** One byte of a header or trailer; returns where to go on. */
  private int header(int octet, int next) throws UnpackException {
    switch (part) {
      case HEADER -> fixedHeader(octet);
      case EXTRA_LENGTH -> {
        skip |= octet << (8 * at++);
        if (at == 2) {
          enter(skip > 0 ? Part.EXTRA_FIELD : after(Part.EXTRA_FIELD));
        }
      }
      case EXTRA_FIELD -> {
        if (++at == skip) {
          enter(after(Part.EXTRA_FIELD));
        }
      }
      case NAME, COMMENT -> {
        if (octet == 0) {
          enter(after(part));
        }
      }
      case HEADER_CRC -> {
        if (++at == 2) {
          enter(Part.BODY);
        }
      }
      case TRAILER -> trailer(octet);
      case BODY -> throw new IllegalStateException("the body is not read by the byte");
    }
    return next;
  }

  private void fixedHeader(int octet) throws UnpackException {
    if (at == 0 && members > 0 && octet == 0) {
      return;
    }
    fixed[at++] = (byte) octet;
    boolean fits =
        switch (at) {
          case 1 -> octet == 0x1f;
          case 2 -> octet == 0x8b;
          case 3 -> octet == 8;
          case 4 -> (octet & RESERVED) == 0;
          default -> true;
        };
    if (!fits) {
      throw broken(members == 0 ? "no gzip header" : "something else follows the gzip data");
    }
    if (at == FIXED_HEADER) {
      enter(after(Part.HEADER));
    }
  }

  /** The next part that this member's header has. */
  private Part after(Part done) {
    int flags = fixed[3];
    if (done == Part.HEADER && (flags & EXTRA) != 0) {
      return Part.EXTRA_LENGTH;
    }
    if (done.compareTo(Part.NAME) < 0 && (flags & NAME) != 0) {
      return Part.NAME;
    }
    if (done.compareTo(Part.COMMENT) < 0 && (flags & COMMENT) != 0) {
      return Part.COMMENT;
    }
    return (flags & HEADER_CRC) != 0 ? Part.HEADER_CRC : Part.BODY;
  }

  private void enter(Part next) {
    part = next;
    at = 0;
    if (next == Part.EXTRA_LENGTH) {
      skip = 0;
    }
  }

  private void trailer(int octet) throws UnpackException {
    trailer |= (long) octet << (8 * at++);
    if (at < TRAILER) {
      return;
    }
    if (trailer != (crc.getValue() | memberBytes << 32)) {
      throw broken("its checksum is wrong");
    }
    members++;
    inflater.reset();
    crc.reset();
    memberBytes = 0;
    enter(Part.HEADER);
  }

  /** Frees native memory; must be called. */
  @Override
  public void close() {
    inflater.end();
  }
}
