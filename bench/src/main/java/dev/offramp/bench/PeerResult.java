package dev.offramp.bench;

/**
 * What one engine took for one case.
 *
 * @param tokens the case
 * @param engine the engine's name
 * @param precision what its products are computed in
 * @param threads how many it was given
 * @param rounds timed runs
 * @param millisPerLayer the median run, divided by the layers
 * @param bestMillisPerLayer the fastest run, divided by the layers
 * @param gflops operations of a layer (see {@link TokenCase#layerOperations}) over the median, 1e9
 *     a second
 */
record PeerResult(
    String tokens,
    String engine,
    String precision,
    int threads,
    int rounds,
    double millisPerLayer,
    double bestMillisPerLayer,
    double gflops) {}
