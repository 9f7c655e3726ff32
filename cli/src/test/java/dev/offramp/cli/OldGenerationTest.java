package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class OldGenerationTest {
  private static final int LIVE_BYTES = 16 << 20;
  private static final int OBJECT_BYTES = 2 << 10;
  private static final String RESULT = "most: ";

  /** Beyond the limit by what is moved there until the notice is heeded. */
  private static final long BOUND = OldGeneration.limit(2L * LIVE_BYTES, -1) + (160 << 20);

  @Test
  void limit_littleLives_letsTheLeastDie() {
    assertThat(OldGeneration.limit(1 << 20, -1)).isEqualTo((1 << 20) + OldGeneration.LEAST_DEAD);
  }

  @Test
  void limit_muchLives_letsTwiceAsMuchDie() {
    assertThat(OldGeneration.limit(1L << 30, 3L << 30)).isEqualTo(3L << 30);
  }

  @Test
  void limit_moreThanThereMayEverBe_isHalfWayThere() {
    assertThat(OldGeneration.limit(100 << 20, 200 << 20)).isEqualTo(150 << 20);
  }

  @Test
  void tend_objectsThatOutliveTheYoungGeneration_staysNearWhatLives() throws Exception {
    assertThat(most("tended")).isLessThan(BOUND);
  }

  /** The control: what else would happen. */
  @Test
  void notTended_objectsThatOutliveTheYoungGeneration_growsBeyond() throws Exception {
    assertThat(most("wild")).isGreaterThan(BOUND);
  }

  /** The most bytes in the old generation of a JVM in which objects wait in a long queue. */
  private static long most(String kind) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xms32m",
                "-Xmn8m",
                "-Xmx600m",
                "-cp",
                System.getProperty("java.class.path"),
                Waiting.class.getName(),
                kind)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> lines = process.inputReader().readAllLines();
    assertThat(process.waitFor()).isZero();
    return lines.stream() // Among what its log says.
        .filter(line -> line.startsWith(RESULT))
        .mapToLong(line -> Long.parseLong(line.substring(RESULT.length())))
        .findFirst()
        .orElseThrow();
  }

  /** What runs there: a queue as long as it ever is, in which each object waits its turn. */
  static final class Waiting {
    private Waiting() {}

    public static void main(String[] args) {
      if (args[0].equals("tended")) {
        OldGeneration.tend();
      }
      MemoryPoolMXBean tenured = OldGeneration.tenured().orElseThrow();
      var queue = new byte[LIVE_BYTES / OBJECT_BYTES][];
      long most = 0;
      for (int i = 0; i < 32 * queue.length; i++) { // 512 MiB in all.
        queue[i % queue.length] = new byte[OBJECT_BYTES];
        if (i % 128 == 0) {
          most = Math.max(most, tenured.getUsage().getUsed());
        }
      }
      System.out.println(RESULT + most);
    }
  }
}
