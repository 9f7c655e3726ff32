package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.model.text.EncodedText;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchPlanTest {
  private final int[] lengths = new Random(3).ints(1003, 3, 60).toArray();

  @Test
  void epoch_holdsEveryTextOnceInTheStatedNumberOfBatches() {
    List<int[]> plan = BatchPlan.epoch(lengths, 8, 11);
    assertThat(plan).hasSize((int) BatchPlan.count(1003, 8)).hasSize(126);
    assertThat(plan.stream().flatMapToInt(IntStream::of).sorted().toArray())
        .isEqualTo(IntStream.range(0, 1003).toArray());
  }

  @Test
  void epoch_sameSeed_isTheSameAndAnotherSeedAnother() {
    assertThat(BatchPlan.epoch(lengths, 8, 11).toArray(int[][]::new))
        .isDeepEqualTo(BatchPlan.epoch(lengths, 8, 11).toArray(int[][]::new));
    assertThat(BatchPlan.epoch(lengths, 8, 12).getFirst())
        .isNotEqualTo(BatchPlan.epoch(lengths, 8, 11).getFirst());
  }

  @Test
  void epoch_bucketing_padsFarLessThanChance() {
    int tokens = IntStream.of(lengths).sum();
    long padded =
        BatchPlan.epoch(lengths, 8, 11).stream()
            .mapToLong(batch ->
                (long) batch.length * IntStream.of(batch).map(i -> lengths[i]).max().orElse(0))
            .sum();
    assertThat(padded).isLessThan((long) (1.1 * tokens));
  }

  @Test
  void batch_ofTwoTexts_padsTheShorter() {
    Batch batch =
        Batch.of(List.of(EncodedText.of(7, 8, 9), EncodedText.of(new int[] {5}, new int[] {1})));
    assertThat(batch.rows()).isEqualTo(2);
    assertThat(batch.length()).isEqualTo(3);
    assertThat(batch.ids()).containsExactly(7, 8, 9, 5, 0, 0);
    assertThat(batch.types()).containsExactly(0, 0, 0, 1, 0, 0);
    assertThat(batch.mask()).containsExactly(1, 1, 1, 1, 0, 0);
  }
}
