package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.trainer.data.DataFormat;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class MetricTest {
  private static final Offset<Double> CLOSE = within(1e-12);

  /** Of class 1: 3 found, 1 false alarm, 2 missed; 4 of class 0 right. */
  private static final List<Integer> LABELS = List.of(1, 1, 1, 1, 1, 0, 0, 0, 0, 0);

  private static final int[] PREDICTED = {1, 1, 1, 0, 0, 1, 0, 0, 0, 0};

  @Test
  void of_layout_isWhatGlueReports() {
    assertThat(Metric.of(DataFormat.MRPC)).isEqualTo(Metric.F1);
    assertThat(Metric.of(DataFormat.QQP)).isEqualTo(Metric.F1);
    assertThat(Metric.F1.companion()).contains(Metric.ACCURACY);
    assertThat(Metric.of(DataFormat.COLA)).isEqualTo(Metric.MATTHEWS);
    assertThat(Metric.of(DataFormat.MNLI)).isEqualTo(Metric.ACCURACY);
    assertThat(Metric.ACCURACY.companion()).isEmpty();
  }

  @Test
  void of_twoClassesByHand_isRight() {
    assertThat(Metric.ACCURACY.of(LABELS, PREDICTED, 2)).isCloseTo(0.7, CLOSE);
    assertThat(Metric.AGREEMENT.of(LABELS, PREDICTED, 2)).isCloseTo(0.7, CLOSE);
    // Precision 3/4, recall 3/5.
    assertThat(Metric.F1.of(LABELS, PREDICTED, 2)).isCloseTo(2 * 0.75 * 0.6 / (0.75 + 0.6), CLOSE);
    // (TP TN - FP FN) / sqrt((TP+FP)(TP+FN)(TN+FP)(TN+FN)).
    assertThat(Metric.MATTHEWS.of(LABELS, PREDICTED, 2))
        .isCloseTo((3 * 4 - 1 * 2) / Math.sqrt(4 * 5 * 5 * 6), CLOSE);
  }

  @Test
  void matthews_threeClasses_isTheCorrelationOfIndicators() {
    long seed = 41;
    var random = new Random(seed);
    int[] predicted = random.ints(50, 0, 3).toArray();
    List<Integer> labels =
        java.util.Arrays.stream(predicted)
            .mapToObj(label -> random.nextInt(3) == 0 ? random.nextInt(3) : label)
            .toList();
    // Gorodkin: covariances of the indicator columns, summed over classes.
    double covariance = 0;
    double ofLabels = 0;
    double ofPredictions = 0;
    for (int c = 0; c < 3; c++) {
      int k = c;
      double label = labels.stream().filter(l -> l == k).count() / 50.0;
      double prediction = java.util.Arrays.stream(predicted).filter(p -> p == k).count() / 50.0;
      for (int n = 0; n < 50; n++) {
        double x = (labels.get(n) == c ? 1 : 0) - label;
        double y = (predicted[n] == c ? 1 : 0) - prediction;
        covariance += x * y;
        ofLabels += x * x;
        ofPredictions += y * y;
      }
    }
    assertThat(Metric.MATTHEWS.of(labels, predicted, 3))
        .as("seed %d", seed)
        .isCloseTo(covariance / Math.sqrt(ofLabels * ofPredictions), CLOSE);
  }

  @Test
  void of_oneClassAlone_hasNoCorrelationAndNoF1() {
    assertThat(Metric.MATTHEWS.of(LABELS, new int[10], 2)).isZero();
    assertThat(Metric.F1.of(LABELS, new int[10], 2)).isZero();
  }

  @Test
  void f1_threeClasses_isRefused() {
    assertThatThrownBy(() -> Metric.F1.of(LABELS, PREDICTED, 3))
        .hasMessageStartingWith("metric: f1 over 3 classes");
    assertThatThrownBy(() -> Metric.ofId("bleu")).hasMessageContaining("[accuracy, f1, matthews");
  }
}
