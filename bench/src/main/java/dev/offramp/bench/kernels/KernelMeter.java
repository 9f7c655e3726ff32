package dev.offramp.bench.kernels;

import dev.offramp.bench.kernels.KernelCase.Product;
import dev.offramp.bench.onednn.OneDnn;
import dev.offramp.bench.onednn.OneDnn.Epilogue;
import dev.offramp.cli.CommandFailedException;
import dev.offramp.compiler.tune.Peak;
import dev.offramp.model.artifact.Precision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/*
 * A core's clock changes, and other guests of the machine take their share: times of different
 * seconds cannot be compared. So each round measures a kernel, oneDNN's product of the same shape,
 * bare, with what can be fused, and with all else that the kernel does, and the peak loop of the precision right before and right after them; what is reported are the
 * medians of the rounds' ratios. They take turns in going first. A run that is
 * timed has one before it that is not: what the others left in the caches is nobody's fault.
 */

/**
 * Measures kernels in rounds together with what they are compared with.
 *
 * <p>Threading: one thread.
 */
final class KernelMeter {
  /** How long a timed run of one kernel is at least. */
  private static final long SAMPLE_NANOS = 6_000_000;

  private static final int PEAK_SAMPLES = 6;
  private static final double PEER_TOLERANCE = 1e-5;

  private static final int BARE = 0;
  private static final int FUSED = 1;
  private static final int WHOLE = 2;
  private static final int PEERS = 3;

  private final Map<Precision, Peak> peaks;
  private final @Nullable OneDnn oneDnn;
  private final int rounds;
  private final Map<Precision, List<Double>> measuredPeaks = new EnumMap<>(Precision.class);

  /** Measures in so many rounds a kernel; without oneDNN where it is null. */
  KernelMeter(Map<Precision, Peak> peaks, @Nullable OneDnn oneDnn, int rounds) {
    this.peaks = Map.copyOf(peaks);
    this.oneDnn = oneDnn;
    this.rounds = rounds;
  }

  /** The median of all that was measured of a precision's peak, 1e9 operations a second. */
  Map<Precision, Double> peaks() {
    var medians = new EnumMap<Precision, Double>(Precision.class);
    measuredPeaks.forEach((precision, values) ->
        medians.put(
            precision, Medians.of(values.stream().mapToDouble(Double::doubleValue).toArray())));
    return medians;
  }

  /** Checks a kernel, then measures it. */
  KernelResult measure(KernelCase kernel, Precision precision, TokenBatch batch)
      throws IOException {
    double maxError = kernel.maxError();
    Product product = kernel.product();
    OneDnn peer = product == null ? null : oneDnn;
    OneDnn.Prepared prepared = null;
    if (peer != null && product != null) {
      prepared = prepare(peer, BARE, product, precision, Epilogue.NONE, false);
      prepare(peer, FUSED, product, precision, product.epilogue(), false);
      prepare(peer, WHOLE, product, precision, product.epilogue(), true);
    }
    double operations = kernel.work().operations();
    double peerOperations =
        product == null ? 0 : 2.0 * product.rows() * product.inner() * product.outer();
    int calls = calls(kernel.nanos(1) + kernel.nanos(1));
    double[] gops = new double[rounds];
    double[] fractions = new double[rounds];
    double[] peerGops = new double[rounds];
    double[][] peerRatios = new double[PEERS][rounds];
    for (int round = 0; round < rounds; round++) {
      double before = peak(kernel.arithmetic());
      double nanos = 0;
      double[] peerNanos = new double[PEERS];
      for (int turn = 0; turn <= PEERS; turn++) {
        int slot = (round + turn) % (PEERS + 1);
        if (slot == PEERS) {
          kernel.nanos(1);
          nanos = (double) kernel.nanos(calls) / calls;
        } else if (peer != null) {
          peerNanos[slot] = nanos(peer, slot, calls);
        }
      }
      double after = peak(kernel.arithmetic());
      gops[round] = operations / nanos;
      fractions[round] = gops[round] / ((before + after) / 2);
      peerGops[round] = peerOperations / peerNanos[BARE];
      for (int slot = 0; slot < PEERS; slot++) {
        peerRatios[slot][round] = peerNanos[slot] / nanos;
      }
    }
    double median = Medians.of(gops);
    double intensity = kernel.work().intensity();
    return new KernelResult(
        kernel.name(),
        precision.id(),
        batch.tokens(),
        batch.toString(),
        operations / median / 1e3,
        median,
        kernel.arithmetic().id(),
        Medians.of(fractions),
        median / intensity,
        intensity,
        maxError,
        prepared == null ? null : Medians.of(peerGops),
        prepared == null ? null : Medians.of(peerRatios[BARE]),
        prepared == null ? null : Medians.of(peerRatios[FUSED]),
        prepared == null ? null : Medians.of(peerRatios[WHOLE]),
        prepared == null ? null : prepared.implementation());
  }

  /** Readies a product, if oneDNN computes it right: else the comparison would mean nothing. */
  private static OneDnn.Prepared prepare(
      OneDnn peer, int slot, Product product, Precision precision, Epilogue epilogue, boolean whole)
      throws IOException {
    OneDnn.Prepared prepared =
        peer.prepare(
            slot, product.rows(), product.inner(), product.outer(), precision, epilogue, whole);
    if (!(prepared.maxError() <= PEER_TOLERANCE)) {
      throw new CommandFailedException(
          "oneDNN: its product lies %g times K from plain Java's (expected: at most %g)"
              .formatted(prepared.maxError(), PEER_TOLERANCE));
    }
    return prepared;
  }

  private static double nanos(OneDnn peer, int slot, int calls) throws IOException {
    peer.nanos(slot, 1);
    return (double) peer.nanos(slot, calls) / calls;
  }

  private double peak(Precision precision) {
    Peak loop = Objects.requireNonNull(peaks.get(precision));
    var samples = new double[PEAK_SAMPLES];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = loop.measure();
    }
    double peak = Medians.of(samples);
    measuredPeaks.computeIfAbsent(precision, p -> new ArrayList<>()).add(peak);
    return peak;
  }

  /** How often to call what takes half of {@code nanosOfTwo}. */
  private static int calls(long nanosOfTwo) {
    return (int) Math.max(1, Math.ceilDiv(2 * SAMPLE_NANOS, Math.max(1, nanosOfTwo)));
  }
}
