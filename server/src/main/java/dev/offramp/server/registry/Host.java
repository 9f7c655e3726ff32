package dev.offramp.server.registry;

import dev.offramp.model.artifact.Device;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.server.natives.OpenClDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The machine that kernels run on.
 *
 * @param architecture as LLVM triples begin, such as {@code x86_64}
 * @param features CPU features, as {@code /proc/cpuinfo} names them
 * @param openCl looks for the device that OpenCL kernels run on; asked only where there are such
 *     kernels, since looking loads drivers
 */
public record Host(
    String architecture, Set<String> features, Supplier<Optional<OpenClDevice>> openCl) {

  /** Copies the features. */
  public Host {
    features = Set.copyOf(features);
  }

  /** A machine without OpenCL. */
  public Host(String architecture, Set<String> features) {
    this(architecture, features, Optional::empty);
  }

  /** This machine. Where there is no {@code /proc/cpuinfo}, no feature is known. */
  public static Host local() {
    String jvm = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    Path cpuinfo = Path.of("/proc/cpuinfo");
    try {
      return new Host(
          jvm.equals("amd64") ? "x86_64" : jvm,
          Files.isReadable(cpuinfo) ? parse(Files.readAllLines(cpuinfo)) : Set.of(),
          OpenClDevice::find);
    } catch (IOException e) {
      return new Host(jvm, Set.of(), OpenClDevice::find);
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
    return obstacle(target).isEmpty();
  }

  /** Why a target's kernels do not run here. */
  Optional<String> obstacle(TargetEntry target) {
    if (!target.triple().startsWith(architecture + "-")) {
      return Optional.of("is for " + target.triple() + " (this host: " + architecture + ")");
    }
    if (target.device() == Device.OPENCL && openCl.get().isEmpty()) {
      return Optional.of(
          "needs an OpenCL device, and no driver that /etc/OpenCL/vendors lists has one");
    }
    List<String> lacking =
        target.requires().stream().filter(feature -> !features.contains(feature)).toList();
    return lacking.isEmpty()
        ? Optional.empty()
        : Optional.of("needs " + String.join(" ", lacking) + ", which this CPU lacks");
  }
}
