package dev.memoryproxy.config;

import io.github.cdimascio.dotenv.DotenvEntry;
import io.github.cdimascio.dotenv.DotenvException;
import io.github.cdimascio.dotenv.internal.DotenvParser;
import io.github.cdimascio.dotenv.internal.DotenvReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what {@code .env} says. dotenv-java knows the syntax, but takes a file whole or not at all,
 * and ends a value at any '#'; so it is given one entry at a time, and what it would drop or cut
 * short is put on record with its line. A problem quotes no value: it may be a secret.
 */
final class DotenvFile {
  static final String NAME = ".env";

  private static final Pattern NAMED = Pattern.compile("\\s*([\\w.-]+)\\s*=(.*)");
  private static final Pattern EXPORT = Pattern.compile("\\s*export\\s+(?=\\S)");
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private final Layer layer = new Layer(NAME);
  private final Map<Variable, Integer> lineOf = new EnumMap<>(Variable.class);
  private final String[] lines;

  /** Whether the entry at hand has a line that is no text. */
  private boolean mangled;

  private DotenvFile(String[] lines) {
    this.lines = lines;
  }

  static Layer read(byte[] content) {
    // One character for each byte; every line is decoded by itself.
    DotenvFile file =
        new DotenvFile(new String(content, StandardCharsets.ISO_8859_1).split("\n", -1));
    for (int next = 0; next < file.lines.length; ) {
      next = file.readFrom(next);
    }
    return file.layer;
  }

  /** Reads the entry that starts there and answers where the next one does. */
  private int readFrom(int start) {
    int number = start + 1;
    mangled = false;
    String line = line(start);
    if (line.isBlank() || line.strip().startsWith("#")) {
      return number;
    }
    Matcher export = EXPORT.matcher(line);
    if (export.lookingAt()) {
      problem(number, "starts with 'export': leave that word out.");
      line = line.substring(export.end());
    }
    Matcher named = NAMED.matcher(line);
    if (!named.matches()) {
      problem(
          number,
          line.strip().startsWith("=")
              ? "has no name before the '=': write NAME=value."
              : "is not NAME=value: mend or remove it.");
      layer.doubtAll();
      return number;
    }
    Optional<Variable> variable = known(number, named.group(1));
    StringBuilder entry = new StringBuilder(line);
    for (int end = start; ; ) {
      List<DotenvEntry> found;
      try {
        found = parse(entry.toString());
      } catch (DotenvException malformed) {
        return badQuote(number, variable, end > start);
      }
      if (!found.isEmpty()) {
        variable.ifPresent(known -> set(number, known, named.group(2), found.get(0).getValue()));
        return end + 1;
      }
      // A double quote is open.
      if (++end == lines.length) {
        return badQuote(number, variable, true);
      }
      entry.append('\n').append(line(end));
    }
  }

  /** The line as text; one that is none is put on record. */
  private String line(int index) {
    String bytes = lines[index].endsWith("\r") ? lines[index].stripTrailing() : lines[index];
    String text;
    try {
      text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
              .toString();
    } catch (CharacterCodingException e) {
      problem(index + 1, "is not UTF-8: save the file as UTF-8.");
      text = bytes;
      mangled = true;
    }
    if (index == 0 && text.startsWith(BYTE_ORDER_MARK)) {
      problem(1, "starts with a byte order mark: save the file as UTF-8 without one.");
      text = text.substring(1);
    }
    return text;
  }

  private static List<DotenvEntry> parse(String entry) throws DotenvException {
    DotenvReader lines =
        new DotenvReader("", NAME) {
          @Override
          public List<String> read() {
            return List.of(entry);
          }
        };
    return new DotenvParser(lines, true, true).parse();
  }

  /** The variable of this name. Other names are left alone: such a file is often shared. */
  private Optional<Variable> known(int number, String name) {
    Optional<Variable> variable = Variable.named(name);
    if (variable.isEmpty()) {
      Optional<Variable> meant = Variable.misspelt(name);
      meant.ifPresent(
          likely -> {
            problem(
                number,
                "sets "
                    + Printable.of(name)
                    + ", which is unknown: did you mean "
                    + likely
                    + "? If not, move it to another file.");
            layer.doubt(likely);
          });
      return Optional.empty();
    }
    Integer earlier = lineOf.putIfAbsent(variable.get(), number);
    if (earlier != null) {
      problem(number, "sets " + name + ", which line " + earlier + " sets too: remove one.");
    }
    return variable;
  }

  private int badQuote(int number, Optional<Variable> variable, boolean open) {
    problem(
        number,
        "has a double quote that is not closed, or something before or behind the quotes: put the"
            + " whole value between two of them.");
    variable.ifPresent(layer::doubt);
    if (open) {
      // No telling where the next entry starts.
      layer.doubtAll();
      return lines.length;
    }
    return number;
  }

  private void set(int number, Variable variable, String written, String value) {
    String start = written.strip();
    String stripped = value.strip();
    if (mangled) {
      layer.doubt(variable);
    } else if (stripped.length() > 1 && stripped.startsWith("'") && stripped.endsWith("'")) {
      problem(
          number,
          "sets "
              + variable
              + " in single quotes, which would become part of it: use double ones.");
      layer.set(variable, stripped.substring(1, stripped.length() - 1));
    } else if (!start.startsWith("\"") && cutShort(written)) {
      problem(
          number,
          "has a '#' within the value of "
              + variable
              + ", where a comment would begin: put double quotes around the value.");
      layer.doubt(variable);
    } else {
      layer.set(variable, value);
    }
  }

  private static boolean cutShort(String written) {
    int comment = written.indexOf('#');
    return comment == 0 || (comment > 0 && !Character.isWhitespace(written.charAt(comment - 1)));
  }

  private void problem(int number, String what) {
    layer.problem("line " + number + " " + what);
  }
}
