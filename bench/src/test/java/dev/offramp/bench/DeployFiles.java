package dev.offramp.bench;

import dev.offramp.cli.ServeMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The files of {@code deploy/}, read as those who use them read them. */
final class DeployFiles {
  static final Path DEPLOY = Path.of("..", "deploy").toAbsolutePath().normalize();
  static final Path KUBERNETES = DEPLOY.resolve("kubernetes");
  static final Path BASE = KUBERNETES.resolve("base");

  private DeployFiles() {}

  static JsonNode yaml(Path file) throws IOException {
    return new YAMLMapper().readTree(Files.readString(file));
  }

  /**
   * The files that the kustomization of {@code directory} names, and itself; not what lies
   * elsewhere.
   */
  static List<String> kustomized(Path directory) throws IOException {
    JsonNode kustomization = yaml(directory.resolve("kustomization.yaml"));
    var files = new ArrayList<String>(List.of("kustomization.yaml"));
    files.addAll(texts(kustomization.path("resources")));
    kustomization.path("configMapGenerator").forEach(map -> files.addAll(texts(map.path("files"))));
    kustomization.path("patches").forEach(patch -> files.add(patch.path("path").asString()));
    files.removeIf(file -> file.startsWith(".."));
    return files;
  }

  /**
   * A container's arguments as picocli reads them, with the files that the ConfigMap mounts taken
   * from the directories that put them there.
   */
  static ParseResult flags(List<String> arguments, Path... directories) throws IOException {
    var words = new ArrayList<String>();
    for (String argument : arguments) {
      words.add(argument.startsWith("@") ? "@" + mounted(argument, directories) : argument);
    }
    return new CommandLine(ServeMain.commandLine().getCommandSpec())
        .parseArgs(words.toArray(String[]::new));
  }

  private static Path mounted(String argument, Path... directories) throws IOException {
    String name = argument.substring(argument.lastIndexOf('/') + 1);
    for (Path directory : directories) {
      if (kustomized(directory).contains(name)) {
        return directory.resolve(name);
      }
    }
    throw new AssertionError(argument + ": in no ConfigMap of " + List.of(directories));
  }

  /** The Containerfile's instructions named {@code instruction}, continuation lines joined. */
  static List<String> instructions(String instruction) throws IOException {
    String text =
        Files.readString(DEPLOY.resolve("Containerfile"))
            .replaceAll("(?m)^\\s*#.*\\R", "")
            .replaceAll("\\\\\\R\\s*", "");
    return text.lines()
        .filter(line -> line.startsWith(instruction + " "))
        .map(line -> line.substring(instruction.length() + 1).strip())
        .toList();
  }

  /** The variables that the Containerfile sets. */
  static Map<String, String> environment() throws IOException {
    return instructions("ENV").stream()
        .flatMap(line -> Pattern.compile("(\\w+)=(\\S+)").matcher(line).results())
        .collect(Collectors.toMap(variable -> variable.group(1), variable -> variable.group(2)));
  }

  /** The words of the image's ENTRYPOINT. */
  static List<String> entryPoint() throws IOException {
    return texts(JsonMapper.shared().readTree(instructions("ENTRYPOINT").getFirst()));
  }

  /** What image-libraries.sh gives Maven's option {@code name}, split at commas. */
  static List<String> excludes(String name) throws IOException {
    String script = Files.readString(DEPLOY.resolve("image-libraries.sh"));
    Matcher option = Pattern.compile("-D" + name + "=(\\S+)").matcher(script);
    if (!option.find()) {
      throw new IllegalStateException(name + ": not in image-libraries.sh");
    }
    return List.of(option.group(1).split(","));
  }

  static List<String> texts(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asString).toList();
  }

  /** The element of {@code array} whose field {@code name} is {@code value}. */
  static JsonNode named(JsonNode array, String name, String value) {
    return StreamSupport.stream(array.spliterator(), false)
        .filter(node -> node.path(name).asString("").equals(value))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name + " '" + value + "' in " + array));
  }
}
