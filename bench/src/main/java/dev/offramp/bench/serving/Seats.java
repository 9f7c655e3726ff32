package dev.offramp.bench.serving;

import dev.offramp.server.natives.CpuAffinity;
import java.io.IOException;
import java.util.List;

/*
 * A thread passes the CPU that it is kept on to the threads and processes that it starts. So a server
 * that is started by a thread on one CPU has that CPU only, and sizes itself for it; a client whose
 * threads are made by a thread on another CPU never takes the server's time.
 */

/**
 * The CPUs that are compared with each other: one for whatever serves, one for whatever asks.
 *
 * @param server serves
 * @param client asks; the same if there is only one
 */
record Seats(int server, int client) {

  /** What is done on a CPU. */
  interface Work<T> {
    T run() throws IOException, InterruptedException;
  }

  /** The first and the last CPU that this process may use. */
  static Seats choose() {
    List<Integer> cpus = CpuAffinity.available();
    return cpus.isEmpty() ? new Seats(0, 0) : new Seats(cpus.getFirst(), cpus.getLast());
  }

  /** Whether each has a CPU of its own. */
  boolean areApart() {
    return server != client;
  }

  /** Takes the calling thread to the client's CPU, with all that it starts from now on. */
  void sitAsClient() {
    CpuAffinity.pin(client);
  }

  /** Does something on the server's CPU, and comes back to the client's. */
  <T> T asServer(Work<T> work) throws IOException, InterruptedException {
    CpuAffinity.pin(server);
    try {
      return work.run();
    } finally {
      CpuAffinity.pin(client);
    }
  }
}
