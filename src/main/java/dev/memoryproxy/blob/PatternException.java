package dev.memoryproxy.blob;

/**
 * A pattern of namespaces, or a list of them, that can't be used. The message follows what it is
 * about, as in "has an empty segment", and quotes nothing.
 */
public final class PatternException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * One that can't be used.
   *
   * @param problem a predicate, without the text itself
   */
  public PatternException(String problem) {
    super(problem, null, false, false);
  }

  /** What is wrong. */
  public String problem() {
    return String.valueOf(getMessage());
  }

  /** Takes over what is wrong with a name. */
  static PatternException of(ProxyError error) {
    return new PatternException("is no name: " + error.detail().replaceFirst("\\.$", ""));
  }
}
