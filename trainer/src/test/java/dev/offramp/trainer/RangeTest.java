package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RangeTest {

  @ParameterizedTest
  @CsvSource({"7, 1", "7, 2", "7, 3", "7, 7", "1, 1", "2147483647, 13"})
  void split_anySize_isWholeAndEvenToWithinOne(int size, int count) {
    List<Range> parts = new Range(0, size).split(count);
    assertThat(parts).hasSize(count);
    int at = 0;
    for (Range part : parts) {
      assertThat(part.from()).isEqualTo(at);
      assertThat(part.size()).isBetween(size / count, size / count + 1);
      at = part.to();
    }
    assertThat(at).isEqualTo(size);
  }

  @Test
  void and_anyTwo_isWhatBothHave() {
    assertThat(new Range(2, 6).and(new Range(4, 9))).isEqualTo(new Range(4, 6));
    assertThat(new Range(4, 9).and(new Range(2, 6))).isEqualTo(new Range(4, 6));
    assertThat(new Range(2, 9).and(new Range(4, 6))).isEqualTo(new Range(4, 6));
    assertThat(new Range(2, 4).and(new Range(6, 9)).size()).isZero();
    assertThat(new Range(6, 9).and(new Range(2, 4)).size()).isZero();
  }

  @Test
  void split_fewerPlacesThanParts_givesNoneThatIsEmpty() {
    assertThat(new Range(5, 7).split(4)).containsExactly(new Range(5, 6), new Range(6, 7));
    assertThat(new Range(5, 5).split(4)).isEmpty();
  }
}
