package dev.offramp.server.registry;

import dev.offramp.model.artifact.TargetEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The machine that kernels run on.
 *
 * @param architecture as LLVM triples begin, such as {@code x86_64}
 * @param features CPU features, as {@code /proc/cpuinfo} names them
 */
public record Host(String architecture, Set<String> features) {

  /** Copies the features. */
  public Host {
    features = Set.copyOf(features);
  }

  /** This machine. Where there is no {@code /proc/cpuinfo}, no feature is known. */
  public static Host local() {
    String jvm = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    Path cpuinfo = Path.of("/proc/cpuinfo");
    try {
      return new Host(
          jvm.equals("amd64") ? "x86_64" : jvm,
          Files.isReadable(cpuinfo) ? parse(Files.readAllLines(cpuinfo)) : Set.of());
    } catch (IOException e) {
      return new Host(jvm, Set.of());
    }
  }

  /** The features of the first processor: {@code flags} on x86, {@code Features} on ARM. */
  static Set<String> parse(List<String> cpuinfo) {
    return cpuinfo.stream()
        .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
        .findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .map(features -> Set.copyOf(Stream.of(features.split("\\s+")).distinct().toList()))
        .orElse(Set.of());
  }

  /** Whether a target's kernels run here. */
  public boolean runs(TargetEntry target) {
    return target.triple().startsWith(architecture + "-")
        && features.containsAll(target.requires());
  }
}
