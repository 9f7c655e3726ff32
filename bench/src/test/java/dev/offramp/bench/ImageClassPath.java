package dev.offramp.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What the server's image has on its class path, as far as a test can tell. */
final class ImageClassPath {
  /** Where the image has libraries and the servers' JVM flags. */
  static final String DIRECTORY = "/opt/offramp/";

  private ImageClassPath() {}

  /** This test's class path without what image-libraries.sh leaves out, and without tests. */
  static List<String> entries() throws IOException {
    var left = new ArrayList<>(List.of("bench/target/", "test-classes", "-tests.jar"));
    for (String group : DeployFiles.excludes("excludeGroupIds")) {
      left.add("/" + group.replace('.', '/') + "/");
    }
    for (String artifact : DeployFiles.excludes("excludeArtifactIds")) {
      left.add("/" + artifact + "/"); // In Maven's repository,
      left.add(artifact.replace("offramp-", "") + "/target/"); // or one of our modules.
    }
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> left.stream().noneMatch(place(entry)::contains))
        .toList();
  }

  /** Where an entry lies: below our own directory, or anywhere. */
  static String place(String entry) {
    Path path = Path.of(entry).toAbsolutePath();
    Path root = DeployFiles.DEPLOY.resolveSibling("");
    Path place = path.startsWith(root) ? root.relativize(path) : path;
    return place.toString().replace(File.separatorChar, '/');
  }

  /** The image's entry point, with this JVM and {@link #entries}, followed by {@code arguments}. */
  static List<String> command(List<String> arguments) throws IOException {
    var command = new ArrayList<>(DeployFiles.entryPoint());
    if (!command.getFirst().equals("java")) {
      throw new IllegalStateException("the entry point starts with " + command.getFirst());
    }
    command.set(0, System.getProperty("java.home") + "/bin/java");
    command.replaceAll(word -> word.replace("@" + DIRECTORY, "@" + DeployFiles.DEPLOY + "/"));
    command.set(command.indexOf("-cp") + 1, String.join(File.pathSeparator, entries()));
    command.addAll(arguments);
    return command;
  }
}
