package dev.offramp.bench.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.bench.serving.StepRecorder.Step;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimelinePictureTest {
  @TempDir Path temporary;

  private int colored(List<Step> steps) throws Exception {
    Path file = temporary.resolve("sub/timeline.png");
    new TimelinePicture("A title", steps, 2, 3, Duration.ofMillis(10)).write(file);
    BufferedImage image = ImageIO.read(file.toFile());
    assertThat(image.getWidth()).isEqualTo(2160);
    int colored = 0;
    for (int x = 0; x < image.getWidth(); x++) {
      for (int y = 0; y < image.getHeight(); y++) {
        int rgb = image.getRGB(x, y);
        colored += (rgb & 0xff) - (rgb >> 16 & 0xff) > 60 ? 1 : 0;
      }
    }
    return colored;
  }

  @Test
  void write_steps_areBoxesAsLongAsTheyTook() throws Exception {
    int none = colored(List.of());
    var half = new Step(1, 2, 7, 100, 0, -1_000_000, 5_000_000);
    var whole = new Step(1, 2, 7, 100, 0, -1_000_000, 30_000_000);
    int ofHalf = colored(List.of(half)) - none;
    assertThat(ofHalf).isGreaterThan(10_000);
    assertThat((double) (colored(List.of(whole)) - none) / ofHalf).isBetween(1.9, 2.1);
  }

  @Test
  void recorder_keepsWhatRanWithinTheWindow() throws Exception {
    var recorder = new StepRecorder();
    recorder.stepped(0, 1, 1, 1, 0, System.nanoTime(), System.nanoTime());
    assertThat(recorder.steps()).as("nobody asked for it").isEmpty();
    recorder.record(Duration.ofSeconds(1));
    long now = System.nanoTime();
    recorder.stepped(0, 1, 5, 60, 2, now, now + 100);
    recorder.stepped(0, 2, 5, 60, 2, now + 5_000_000_000L, now + 5_000_000_100L);
    recorder.stepped(0, 3, 5, 60, 2, now + 100, now + 200);
    assertThat(recorder.steps()).as("the window is over").hasSize(1);
    assertThat(recorder.steps().getFirst().texts()).isEqualTo(5);
  }
}
