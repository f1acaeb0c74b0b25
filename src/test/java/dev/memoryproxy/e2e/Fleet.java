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
  private final List<Member> live = new ArrayList<>();
  private int started;

  Fleet(Path directory, Map<String, String> settings) {
    this.directory = directory;
    this.settings = settings;
  }

  /**
   * A process that was up a moment ago.
   *
   * @param client shared by all who ask this process
   */
  record Member(ServiceProcess service, Client client) {
    private static Member of(ServiceProcess service) {
      return new Member(service, Client.of(service));
    }

    /** Says which one in a failure. */
    String name() {
      return "the process on " + service.base().getAuthority();
    }
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
      starting.stream().map(Member::of).forEach(live::add);
      started += processes;
      notifyAll();
    }
  }

  /** SIGKILL to one; whoever talks to it gets no answer. */
  void killOne(RandomGenerator random) {
    Member victim;
    synchronized (this) {
      victim = live.remove(random.nextInt(live.size()));
    }
    victim.service().kill();
  }

  /** SIGTERM to this one, so that it ends in order, or SIGKILL. */
  void stop(Member member, boolean kill) {
    synchronized (this) {
      live.remove(member);
    }
    if (kill) {
      member.service().kill();
    } else {
      member.service().terminate();
    }
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
    return live.get(random.nextInt(live.size()));
  }

  synchronized List<Member> all() {
    return List.copyOf(live);
  }

  @Override
  public synchronized void close() {
    live.forEach(member -> member.service().close());
    live.clear();
    notifyAll();
  }
}
