package dev.offramp.bench.serving;

import dev.offramp.bench.kernels.Medians;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What was measured of server and client. Ratios and differences are of values of the same round;
 * then the median over rounds is taken.
 *
 * @param base a model of BERT-base's size, every layer
 * @param small the model that ships, every layer
 * @param latencies of the model that ships, one text at a time
 * @param hits answers a second that the cache gave
 * @param soak more than the server can do
 * @param baseCosts of cache misses, experiments and swaps at BERT-base's size
 * @param smallCosts of the same for the model that ships
 */
record ServerRun(
    List<Throughput> base,
    List<Throughput> small,
    List<Latency> latencies,
    List<ClientLoad.Result> hits,
    Soak.@Nullable Result soak,
    ServingCosts.Result baseCosts,
    ServingCosts.Result smallCosts) {

  /**
   * A round's throughput, one worker on one CPU each.
   *
   * @param engine texts a second of the engine by itself, tokenized beforehand
   * @param grpc answers a second of a server on that CPU, asked by a client on another
   */
  record Throughput(double engine, double grpc) {
    double ratio() {
      return grpc / engine;
    }
  }

  /**
   * A round's latencies in milliseconds.
   *
   * @param engineP50 of the engine by itself, tokenized beforehand
   * @param engineP99 the same
   * @param clientP50 from the client's call to its answer
   * @param clientP99 the same
   */
  record Latency(double engineP50, double engineP99, double clientP50, double clientP99) {}

  ServerRun {
    base = List.copyOf(base);
    small = List.copyOf(small);
    latencies = List.copyOf(latencies);
    hits = List.copyOf(hits);
  }

  /** The median over rounds. */
  static <T> double median(List<T> rounds, ToDoubleFunction<T> value) {
    return Medians.of(rounds.stream().mapToDouble(value).toArray());
  }

  double addedMillisP50() {
    return median(latencies, round -> round.clientP50() - round.engineP50());
  }

  double addedMillisP99() {
    return median(latencies, round -> round.clientP99() - round.engineP99());
  }

  double cacheHitsPerSecond() {
    return median(hits, ClientLoad.Result::perSecond);
  }

  /** The numbers as JSON. */
  Map<String, Object> json() {
    var numbers = new LinkedHashMap<String, Object>();
    numbers.put("grpcOverEngine", median(base, Throughput::ratio));
    numbers.put("grpcOverEngineSmallModel", median(small, Throughput::ratio));
    numbers.put("addedMillisP50", addedMillisP50());
    numbers.put("addedMillisP99", addedMillisP99());
    numbers.put("cacheHitsPerSecond", cacheHitsPerSecond());
    numbers.put("bertBase", base);
    numbers.put("smallModel", small);
    numbers.put("latencies", latencies);
    numbers.put("cacheHits", hits);
    costs(numbers, "", smallCosts);
    costs(numbers, "BertBase", baseCosts);
    if (soak != null) {
      numbers.put("soak", soak);
    }
    return numbers;
  }

  private static void costs(Map<String, Object> numbers, String model, ServingCosts.Result costs) {
    numbers.put("cacheMisses" + model, costs.missRatio());
    numbers.put("experimentsAndAudits" + model, costs.experimentsRatio());
    numbers.put("unitExperimentsAndAudits" + model, costs.unitExperimentsRatio());
    numbers.put("swapP99OverCalm" + model, costs.swapRatio());
    numbers.put("costs" + model, costs);
  }
}
