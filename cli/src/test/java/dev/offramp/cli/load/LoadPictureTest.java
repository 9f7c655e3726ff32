package dev.offramp.cli.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.offramp.client.Input;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LoadPictureTest {
  private static final long SEED = 31;

  @TempDir private Path work;

  @Test
  void write_run_isAPictureOfEitherKind() throws IOException, InterruptedException {
    System.out.println("seed " + SEED);
    LoadResult result = result(ArrivalPlan.poisson(400, Duration.ofSeconds(20), SEED), 0);
    LoadPicture.write(work.resolve("load.png"), result);
    LoadPicture.write(work.resolve("deeper/load.svg"), result);
    assertThat(work.resolve("load.png")).isNotEmptyFile();
    assertThat(Files.readString(work.resolve("deeper/load.svg"))).contains("<svg", "<path");
  }

  @Test
  void write_runWithoutAnyAnswer_isAPictureToo() throws IOException, InterruptedException {
    LoadResult result = result(ArrivalPlan.even(2, Duration.ofSeconds(3)), 1);
    LoadPicture.write(work.resolve("empty.png"), result);
    assertThat(work.resolve("empty.png")).isNotEmptyFile();
  }

  @Test
  void requireEnding_otherKinds_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LoadPicture.requireEnding(Path.of("load.gif")))
        .withMessage("picture: load.gif (expected: a name that ends in .png or .svg)");
  }

  private static LoadResult result(ArrivalPlan plan, double failing) throws InterruptedException {
    var time = new VirtualTime();
    var random = new SplittableRandom(SEED);
    LoadTarget target =
        (query, done) -> {
          double millis = 2 + 3 * Math.pow(random.nextDouble(), -0.4);
          Reply reply =
              random.nextDouble() < failing
                  ? Reply.failed(Outcome.REJECTED, "full")
                  : Reply.answered(2, 6, false, false);
          time.at(time.nanoTime() + Math.round(millis * 1e6), () -> done.accept(reply));
        };
    var workload =
        new Workload(
            List.of(new Input.Text("text")),
            TierMix.parse("full=1,x4=2"),
            Duration.ofSeconds(1),
            query -> query,
            SEED);
    return new LoadRun(plan, workload, target, 100, time).run();
  }
}
