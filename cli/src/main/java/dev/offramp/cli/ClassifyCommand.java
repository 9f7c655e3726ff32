package dev.offramp.cli;

import dev.offramp.client.Answer;
import dev.offramp.client.Exit;
import dev.offramp.client.InvalidRequestException;
import dev.offramp.client.OfframpClient;
import dev.offramp.client.Query;
import dev.offramp.client.Tier;
import dev.offramp.client.UnavailableException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code offramp classify}: texts from the command line or standard input, answered by a server.
 */
@Command(
    name = "classify",
    description = "Classifies texts at a tier, by a running server.",
    footer = {
      "",
      "Examples:",
      "  offramp classify --tier x2 \"an utterly charming film\"",
      "  offramp classify --signal energy --threshold 0.2 < texts.txt"
    })
final class ClassifyCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..*",
      paramLabel = "TEXT",
      showDefaultValue = Visibility.NEVER,
      description = "Texts to classify; none: one a line from standard input.")
  private List<String> texts = new ArrayList<>();

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      defaultValue = "localhost:7070",
      description = "The server to ask.")
  private String server;

  @ArgGroup(exclusive = true)
  private @Nullable ExitOptions exit;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = "",
      showDefaultValue = Visibility.NEVER,
      description = "The model (default: the server's only one).")
  private String model;

  @Option(
      names = "--unit",
      paramLabel = "ID",
      defaultValue = "",
      showDefaultValue = Visibility.NEVER,
      description = "Whom it is for: what a running experiment gives an arm (default: nobody).")
  private String unit;

  @Option(
      names = "--metadata",
      paramLabel = "KEY=VALUE",
      showDefaultValue = Visibility.NEVER,
      description = "What the targeting of experiments goes by; may be given several times.")
  private Map<String, String> metadata = new LinkedHashMap<>();

  @Option(names = "--truncate", description = "Cut a text that is too long instead of failing.")
  private boolean truncate;

  @Option(names = "--no-cache", description = "Neither read nor fill the server's cache.")
  private boolean noCache;

  @Option(
      names = "--deadline",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      defaultValue = "10s",
      description = "How long an answer may take, such as 50ms.")
  private Duration deadline;

  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    var answers = new ArrayList<Map<String, Object>>();
    List<String> asked = texts.isEmpty() ? standardInput() : texts;
    List<Query> queries = Usage.of(spec, () -> asked.stream().map(this::query).toList());
    int refused = 0;
    try (var offramp = Usage.of(spec, () -> OfframpClient.connect(server))) {
      for (int i = 0; i < asked.size(); i++) {
        try {
          Answer answer = offramp.classify(queries.get(i));
          print(answer, asked.size() == 1 ? "" : asked.get(i));
          answers.add(numbers(asked.get(i), answer));
        } catch (InvalidRequestException e) {
          if (asked.size() == 1) {
            throw e;
          }
          refused++; // The others are answered all the same.
          spec.commandLine()
              .getErr()
              .printf("offramp: text %d of %d: %s%n", i + 1, asked.size(), e.getMessage());
          answers.add(Map.of("text", asked.get(i), "error", String.valueOf(e.getMessage())));
        }
      }
    } catch (UnavailableException e) {
      throw new CommandFailedException(
          e.getMessage()
              + ". Start a server with: offramp serve ARTIFACT, or name another with --server.");
    }
    spec.commandLine().getErr().flush();
    json.write(Map.of("answers", answers));
    return refused == 0 ? 0 : 1;
  }

  private Query query(String text) {
    Query query =
        Query.of(text)
            .withExit((exit == null ? new ExitOptions() : exit).exit())
            .withModel(model)
            .withUnit(unit)
            .withDeadline(deadline);
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      query = query.withMetadata(entry.getKey(), entry.getValue());
    }
    query = truncate ? query.withTruncation() : query;
    return noCache ? query.withoutCache() : query;
  }

  private void print(Answer answer, String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%s  %.2f   left after layer %d of %d%s   %s ms%s%s%s%s%n",
        answer.label(),
        answer.probability(),
        answer.exitDepth(),
        answer.layers(),
        rule(answer),
        String.format(Locale.ROOT, "%.2f", answer.timing().total().toNanos() / 1e6),
        answer.cached() ? " (cached)" : "",
        answer.movedBack()
            ? "   moved back to " + answer.appliedTier().map(Tier::name).orElse("another tier")
            : "",
        answer.arm().map(arm -> "   arm " + arm).orElse(""),
        text.isEmpty() ? "" : "   " + text);
  }

  /* Such as "energy 0.120 < 0.200"; where the last exit answers, the comparison does not hold. */
  private static String rule(Answer answer) {
    if (answer.rule().orElse(null) instanceof Exit.Threshold rule
        && answer.signalValue().isPresent()) {
      double value = answer.signalValue().getAsDouble();
      String comparison = value < rule.threshold() ? "<" : value > rule.threshold() ? ">" : "=";
      return String.format(
          Locale.ROOT,
          "   %s %.3f %s %.3f",
          rule.signal().name().toLowerCase(Locale.ROOT),
          value,
          comparison,
          rule.threshold());
    }
    return "";
  }

  private static Map<String, Object> numbers(String text, Answer answer) {
    var json = new LinkedHashMap<String, Object>();
    json.put("text", text);
    json.put("label", answer.label());
    json.put("probability", answer.probability());
    json.put("probabilities", answer.probabilities());
    json.put("exitDepth", answer.exitDepth());
    json.put("layers", answer.layers());
    json.put("exitReason", answer.exitReason());
    answer.signalValue().ifPresent(value -> json.put("signal", value));
    json.put("cached", answer.cached());
    answer.experiment().ifPresent(experiment -> json.put("experiment", experiment));
    answer.arm().ifPresent(arm -> json.put("arm", arm));
    json.put("millis", answer.timing().total().toNanos() / 1e6);
    return json;
  }

  /* A decoder of its own reports bytes that are not UTF-8, where a charset would hide them. */
  private static List<String> standardInput() throws IOException {
    List<String> lines;
    try (var reader =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8.newDecoder()))) {
      lines = reader.readAllLines().stream().filter(line -> !line.isBlank()).toList();
    } catch (CharacterCodingException e) {
      throw new CommandFailedException("standard input: not UTF-8 (expected: one text a line)");
    }
    if (lines.isEmpty()) {
      throw new CommandFailedException(
          "no text to classify (expected: TEXT, or one text a line on standard input)");
    }
    return lines;
  }
}
