package dev.memoryproxy.http;

import java.util.ArrayList;
import java.util.List;

/**
 * The list in an {@code If-Match} or {@code If-None-Match} of a read (RFC 9110, 13.1). Quotes may
 * be missing, since some clients drop them; what can't be a tag matches nothing.
 */
final class EntityTags {
  private record Tag(boolean weak, String opaque) {}

  private final boolean any;
  private final List<Tag> tags = new ArrayList<>();

  private EntityTags(String list) {
    this.any = list.strip().equals("*");
    int start = 0;
    boolean quoted = false;
    // A comma inside quotes belongs to the tag.
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        add(list.substring(start, i).strip());
        start = i + 1;
      }
    }
    add(list.substring(start).strip());
  }

  private void add(String element) {
    boolean weak = element.startsWith("W/");
    String tag = weak ? element.substring(2) : element;
    boolean quoted = tag.length() >= 2 && tag.startsWith("\"") && tag.endsWith("\"");
    String opaque = quoted ? tag.substring(1, tag.length() - 1) : tag;
    if (!opaque.isEmpty() && opaque.indexOf('"') < 0) {
      tags.add(new Tag(weak, opaque));
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
