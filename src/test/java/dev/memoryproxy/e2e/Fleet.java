package dev.memoryproxy.e2e;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Several processes of the service on one bucket, of which some are down at times. Thread-safe; one
 * thread starts and kills.
 */
final class Fleet implements AutoCloseable {
  private final Path directory;
  private final Map<String, String> settings;
  private final List<ServiceProcess> live = new ArrayList<>();
  private int started;

  Fleet(Path directory, Map<String, String> settings) {
    this.directory = directory;
    this.settings = settings;
  }

  /**
   * A process that was up a moment ago.
   *
   * @param name says which one in a failure
   */
  record Member(String name, Client client) {}

  private static Member member(ServiceProcess service) {
    return new Member("the process on " + service.base().getAuthority(), Client.of(service));
  }

  /** Starts more; returns when they are healthy. */
  void start(int processes) {
    List<ServiceProcess> starting = new ArrayList<>();
    for (int i = 0; i < processes; i++) {
      starting.add(ServiceProcess.launch(directory, settings));
    }
    try {
      starting.forEach(service -> service.awaitHealth(200));
    } catch (RuntimeException | Error e) {
      starting.forEach(ServiceProcess::close);
      throw e;
    }
    synchronized (this) {
      live.addAll(starting);
      started += processes;
      notifyAll();
    }
  }

  /** SIGKILL to one; whoever talks to it gets no answer. */
  void killOne(RandomGenerator random) {
    ServiceProcess victim;
    synchronized (this) {
      victim = live.remove(random.nextInt(live.size()));
    }
    victim.kill();
  }

  synchronized int size() {
    return live.size();
  }

  synchronized int started() {
    return started;
  }

  /** One that is up; waits while none is. */
  synchronized Member any(RandomGenerator random) throws InterruptedException {
    while (live.isEmpty()) {
      wait();
    }
    return member(live.get(random.nextInt(live.size())));
  }

  synchronized List<Member> all() {
    return live.stream().map(Fleet::member).toList();
  }

  /** What those that are up have printed. */
  synchronized String logs() {
    StringBuilder logs = new StringBuilder();
    live.forEach(service -> logs.append(service.base()).append('\n').append(service.log()));
    return logs.toString();
  }

  @Override
  public synchronized void close() {
    live.forEach(ServiceProcess::close);
    live.clear();
    notifyAll();
  }
}
