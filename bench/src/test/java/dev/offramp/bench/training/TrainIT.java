package dev.offramp.bench.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.cli.CommandFailedException;
import dev.offramp.cli.OfframpProcess;
import dev.offramp.model.io.Json;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Real training, in a process of its own. */
final class TrainIT {
  @TempDir private Path work;

  private Path train(String... options) throws IOException, InterruptedException {
    Path report = work.resolve("t.json");
    String[] all = new String[options.length + 4];
    System.arraycopy(new String[] {"bench", "train", "--json", report.toString()}, 0, all, 0, 4);
    System.arraycopy(options, 0, all, 4, options.length);
    OfframpProcess.run(work.resolve("train.log"), all);
    return report;
  }

  @Test
  void train_aTinyModel_reportsEveryContender() throws IOException, InterruptedException {
    JsonNode json =
        Json.readTree(
            train(
                "--rounds",
                "2",
                "--steps",
                "3",
                "--layers",
                "2",
                "--hidden",
                "16",
                "--batch",
                "6",
                "--threads",
                "2"));
    assertThat(json.path("threadsOverOne").asDouble()).isPositive();
    assertThat(json.path("coseeOverSum").asDouble()).isPositive();
    assertThat(json.path("stepsPerSecond").propertyNames())
        .containsExactly("plain sum, one thread", "plain sum, all threads", "COSEE, all threads");
    assertThat(json.path("stepsPerSecond"))
        .allSatisfy(rates -> assertThat(rates).hasSize(2).allMatch(rate -> rate.asDouble() > 0));
  }

  @Test
  void train_aWidthThatHeadsDoNotDivide_isWrongUsage() {
    assertThatThrownBy(() -> train("--hidden", "18"))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContaining("--hidden: 18 (expected: a multiple of 4");
    assertThatThrownBy(() -> train("--rounds", "0"))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContaining("--rounds: 0");
  }
}
