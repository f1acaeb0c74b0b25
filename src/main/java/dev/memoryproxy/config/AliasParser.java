package dev.memoryproxy.config;

import dev.memoryproxy.blob.NamespaceAlias;
import dev.memoryproxy.blob.NamespaceAliases;
import dev.memoryproxy.blob.PatternException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads {@code NAMESPACE_ALIASES}: {@code a=b,c=d}, or a JSON object of the same. */
final class AliasParser {
  private static final Variable VARIABLE = Variable.NAMESPACE_ALIASES;

  private final SettingReader reader;

  AliasParser(SettingReader reader) {
    this.reader = reader;
  }

  /** The aliases in their order; what is wrong is put on record. */
  NamespaceAliases parse() {
    String text = reader.text(VARIABLE);
    List<NamespaceAlias> aliases = text.startsWith("{") ? object(text) : list(text);
    try {
      return NamespaceAliases.of(aliases);
    } catch (PatternException e) {
      reader.problem(VARIABLE, e.problem());
      return NamespaceAliases.NONE;
    }
  }

  private List<NamespaceAlias> list(String text) {
    List<NamespaceAlias> aliases = new ArrayList<>();
    if (text.isEmpty()) {
      return aliases;
    }
    for (String item : text.split(",", -1)) {
      String[] sides = item.split("=", -1);
      if (sides.length == 2) {
        add(aliases, sides[0].strip(), sides[1].strip());
      } else {
        reader.problem(
            VARIABLE, "has an entry " + Printable.of(item.strip()) + " that is not 'name=name'");
      }
    }
    return aliases;
  }

  private List<NamespaceAlias> object(String text) {
    List<NamespaceAlias> aliases = new ArrayList<>();
    JsonObject json;
    try {
      json = new JsonObject(text);
    } catch (DecodeException | ClassCastException e) {
      reader.problem(VARIABLE, "starts like a JSON object and is none" + JsonPlace.of(e));
      return aliases;
    }
    for (Map.Entry<String, Object> field : json) {
      if (field.getValue() instanceof String to) {
        add(aliases, field.getKey(), to);
      } else {
        reader.problem(
            VARIABLE, "gives " + Printable.of(field.getKey()) + " something else than a text");
      }
    }
    return aliases;
  }

  private void add(List<NamespaceAlias> aliases, String from, String to) {
    try {
      aliases.add(NamespaceAlias.parse(from, to));
    } catch (PatternException e) {
      reader.problem(
          VARIABLE, "has an alias " + Printable.of(from + "=" + to) + " that " + e.problem());
    }
  }
}
