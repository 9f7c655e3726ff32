package dev.offramp.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The files of {@code deploy/}, read as those who use them read them. */
final class DeployFiles {
  static final Path DEPLOY = Path.of("..", "deploy").toAbsolutePath().normalize();
  static final Path BASE = DEPLOY.resolve("kubernetes/base");

  private DeployFiles() {}

  static JsonNode yaml(Path file) throws IOException {
    return new YAMLMapper().readTree(Files.readString(file));
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
