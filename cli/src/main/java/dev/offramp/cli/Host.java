package dev.offramp.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The machine that numbers were measured on, as every report states it. */
public final class Host {
  private Host() {}

  /** CPU, cores, operating system, JDK and Offramp's commit. */
  public static Map<String, Object> describe() {
    var host = new LinkedHashMap<String, Object>();
    host.put("cpu", cpu());
    host.put("cores", Runtime.getRuntime().availableProcessors());
    host.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    host.put("jdk", System.getProperty("java.vm.version"));
    host.put("offramp", Version.text());
    host.put("commit", commit());
    return host;
  }

  private static String cpu() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static String commit() {
    try {
      Process git =
          new ProcessBuilder("git", "describe", "--always", "--dirty")
              .directory(Path.of(System.getProperty("offramp.home", ".")).toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String commit =
          new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return git.waitFor(5, TimeUnit.SECONDS) && git.exitValue() == 0 ? commit : "unknown";
    } catch (IOException e) {
      return "unknown";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "unknown";
    }
  }
}
