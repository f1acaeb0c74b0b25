package dev.memoryproxy.http;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The list in an {@code If-Match} or {@code If-None-Match} of a read (RFC 9110, 13.1). Quotes may
 * be missing, since some clients drop them; what can't be a tag matches nothing.
 */
final class EntityTags {
  private static final Pattern TAG =
      Pattern.compile("\\s*(W/)?(?:\"([^\"]*)\"|([^\",\\s]+))\\s*(?:,|$)");

  private record Tag(boolean weak, String opaque) {}

  private final boolean any;
  private final List<Tag> tags = new ArrayList<>();

  private EntityTags(String list) {
    this.any = list.strip().equals("*");
    Matcher matcher = TAG.matcher(list);
    while (matcher.find()) {
      String quoted = matcher.group(2);
      tags.add(new Tag(matcher.group(1) != null, quoted != null ? quoted : matcher.group(3)));
    }
  }

  static EntityTags parse(String list) {
    return new EntityTags(list);
  }

  /** Whether a strong comparison finds this tag, given without quotes: weak ones never do. */
  boolean matchStrongly(String etag) {
    return any || tags.contains(new Tag(false, etag));
  }

  /** Whether a weak comparison finds this tag, given without quotes. */
  boolean matchWeakly(String etag) {
    return any || tags.stream().anyMatch(tag -> tag.opaque().equals(etag));
  }
}
