package dev.offramp.trainer;

import dev.offramp.trainer.data.DataFormat;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How well predictions match labels.
 *
 * <p>Threading: pure functions.
 */
public enum Metric {
  /** The share of texts answered rightly. */
  ACCURACY {
    @Override
    double of(long[][] confusion) {
      long right = 0;
      long all = 0;
      for (int c = 0; c < confusion.length; c++) {
        right += confusion[c][c];
        all += Arrays.stream(confusion[c]).sum();
      }
      return (double) right / all;
    }
  },

  /** F1 of class 1 of two; 0 where nothing of class 1 was predicted rightly. */
  F1 {
    @Override
    double of(long[][] confusion) {
      long found = confusion[1][1];
      long wrong = confusion[0][1] + confusion[1][0];
      return found == 0 ? 0 : 2.0 * found / (2 * found + wrong);
    }
  },

  /**
   * Matthews correlation, for more than two classes Gorodkin's: in [-1, 1]; 0 where all labels or
   * all predictions are one class.
   */
  MATTHEWS {
    @Override
    double of(long[][] confusion) {
      int classes = confusion.length;
      double right = 0;
      double all = 0;
      var labelled = new double[classes];
      var predicted = new double[classes];
      for (int label = 0; label < classes; label++) {
        for (int prediction = 0; prediction < classes; prediction++) {
          long count = confusion[label][prediction];
          all += count;
          labelled[label] += count;
          predicted[prediction] += count;
          right += label == prediction ? count : 0;
        }
      }
      double covariance = right * all - dot(labelled, predicted);
      double labels = all * all - dot(labelled, labelled);
      double predictions = all * all - dot(predicted, predicted);
      return labels == 0 || predictions == 0 ? 0 : covariance / Math.sqrt(labels * predictions);
    }
  },

  /** The share of texts answered as the full model answers them: what there is without labels. */
  AGREEMENT {
    @Override
    double of(long[][] confusion) {
      return ACCURACY.of(confusion);
    }
  };

  /**
   * The metric of some predictions.
   *
   * @param labels each text's class; for {@link #AGREEMENT} what the full model says
   * @param predicted each text's predicted class
   * @param classes the number of classes
   */
  public double of(List<Integer> labels, int[] predicted, int classes) {
    requireFits(classes);
    var confusion = new long[classes][classes];
    for (int i = 0; i < predicted.length; i++) {
      confusion[labels.get(i)][predicted[i]]++;
    }
    return of(confusion);
  }

  /**
   * Checks the metric against a number of classes.
   *
   * @throws IllegalArgumentException if it is not defined for so many
   */
  public void requireFits(int classes) {
    if (this == F1 && classes != 2) {
      throw new IllegalArgumentException(
          "metric: f1 over %d classes (expected: accuracy or matthews; f1 is that of class 1 of 2)"
              .formatted(classes));
    }
  }

  /** Of {@code [label][prediction]} counts. */
  abstract double of(long[][] confusion);

  /** The name in files: {@code accuracy}, {@code f1}, {@code matthews}, {@code agreement}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The name for people: {@code accuracy}, {@code F1}, {@code Matthews}, {@code agreement}. */
  public String words() {
    return switch (this) {
      case ACCURACY -> "accuracy";
      case F1 -> "F1";
      case MATTHEWS -> "Matthews";
      case AGREEMENT -> "agreement";
    };
  }

  /**
   * What GLUE reports of a task, F1 standing for F1 and accuracy; accuracy where the layout tells
   * of no task.
   */
  public static Metric of(DataFormat format) {
    return switch (format) {
      case MRPC, QQP -> F1;
      case COLA -> MATTHEWS;
      case AUTO, TSV, SST2, RTE, QNLI, MNLI, JSONL -> ACCURACY;
    };
  }

  /** This metric of a task, or agreement where an evaluation's texts have no labels. */
  public Metric over(Evaluation evaluation) {
    return evaluation.labels().isPresent() ? this : AGREEMENT;
  }

  /** What is reported beside this one: accuracy beside F1. */
  public Optional<Metric> companion() {
    return this == F1 ? Optional.of(ACCURACY) : Optional.empty();
  }

  /** The metric called {@code id}. */
  public static Metric ofId(String id) {
    return Arrays.stream(values())
        .filter(metric -> metric.id().equals(id))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "metric: '%s' (expected: one of %s)"
                    .formatted(id, Arrays.stream(values()).map(Metric::id).toList())));
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
