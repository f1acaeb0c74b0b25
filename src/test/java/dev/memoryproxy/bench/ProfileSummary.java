package dev.memoryproxy.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/**
 * Where the samples of a flight recording fall, which {@code -Dbench.profile=file} makes: by thread
 * group, by the library that runs, by the part of ours or of the SDK that called it, and the
 * hottest methods.
 */
public final class ProfileSummary {
  private static final int LINES = 18;
  private static final Set<String> WAITING =
      Set.of("sun.nio.ch.EPoll.wait", "sun.nio.ch.Net.accept", "sun.nio.ch.KQueue.poll");

  private final Map<String, Integer> threads = new HashMap<>();
  private final Map<String, Integer> libraries = new HashMap<>();
  private final Map<String, Integer> methods = new HashMap<>();
  private final Map<String, Integer> stages = new HashMap<>();
  private final Map<String, Integer> allocations = new HashMap<>();
  private int samples;

  private ProfileSummary() {}

  /**
   * Prints the summary.
   *
   * @param arguments the recording
   */
  public static void main(String[] arguments) throws IOException {
    ProfileSummary summary = new ProfileSummary();
    try (RecordingFile recording = new RecordingFile(Path.of(arguments[0]))) {
      while (recording.hasMoreEvents()) {
        summary.add(recording.readEvent());
      }
    }
    summary.print();
  }

  private void add(RecordedEvent event) {
    String type = event.getEventType().getName();
    if (event.getStackTrace() == null || event.getStackTrace().getFrames().isEmpty()) {
      return;
    }
    if (type.equals("jdk.ObjectAllocationSample")) {
      int weight = (int) (event.getLong("weight") >> 10);
      allocations.merge(stage(event), weight, Integer::sum);
      return;
    }
    boolean java = type.equals("jdk.ExecutionSample");
    if (!java && !type.equals("jdk.NativeMethodSample")) {
      return;
    }
    RecordedFrame top = event.getStackTrace().getFrames().get(0);
    if (WAITING.contains(name(top))) {
      return;
    }
    samples++;
    String thread = event.getThread("sampledThread").getJavaName();
    threads.merge(String.valueOf(thread).replaceAll("[-\\d]+$", ""), 1, Integer::sum);
    libraries.merge(library(top.getMethod().getType().getName()), 1, Integer::sum);
    methods.merge(name(top), 1, Integer::sum);
    stages.merge(stage(event), 1, Integer::sum);
  }

  private static String name(RecordedFrame frame) {
    return frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
  }

  /** The innermost of our classes, or of the SDK's pipeline, that is on the stack. */
  private static String stage(RecordedEvent event) {
    for (RecordedFrame frame : event.getStackTrace().getFrames()) {
      String type = frame.getMethod().getType().getName();
      boolean telling =
          type.startsWith("dev.memoryproxy.")
              || type.contains("pipeline.stages")
              || type.contains("awssdk.http.auth")
              || type.contains("awssdk.core.internal.interceptor")
              || type.contains("DefaultS3AsyncClient")
              || type.contains("endpoints");
      if (telling) {
        return type.replaceAll("[$].*", "");
      }
    }
    RecordedFrame first = event.getStackTrace().getFrames().get(0);
    return library(first.getMethod().getType().getName());
  }

  private static String library(String type) {
    for (String known :
        new String[] {
          "dev.memoryproxy",
          "software.amazon.awssdk",
          "io.netty",
          "io.vertx",
          "ch.qos.logback",
          "com.fasterxml",
          "java.security",
          "sun.security"
        }) {
      if (type.startsWith(known)) {
        return known;
      }
    }
    return "the JDK";
  }

  private void print() {
    System.out.printf("%,d samples of running code%n", samples);
    print("threads", threads);
    print("library of the innermost frame", libraries);
    print("innermost class of ours or stage of the SDK", stages);
    print("methods", methods);
    print("allocation, KiB sampled, by the same classes", allocations);
  }

  private static void print(String title, Map<String, Integer> counts) {
    int sum = counts.values().stream().mapToInt(Integer::intValue).sum();
    System.out.println();
    System.out.println(title);
    counts.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .limit(LINES)
        .forEach(
            entry ->
                System.out.printf(
                    Locale.ROOT,
                    "  %5.1f %%  %s%n",
                    100.0 * entry.getValue() / sum,
                    entry.getKey()));
  }
}
