package dev.offramp.bench.kernels;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What was measured of one kernel on one batch; all figures are medians over rounds.
 *
 * @param name as in {@code KernelNames}, without the prefix
 * @param precision of the target's products
 * @param tokens in the batch
 * @param sequences as {@code count x length}
 * @param micros of one call
 * @param gops counted operations, 1e9 a second, see {@link KernelWork}
 * @param peak the precision whose peak it is held against: what the kernel computes in
 * @param fractionOfPeak the median of the rounds' own ratios
 * @param gigabytesPerSecond compulsory traffic, 1e9 bytes a second
 * @param intensity operations for each byte of it
 * @param maxError the furthest from plain Java
 * @param oneDnnGops oneDNN's bare product of the same shape; null where there is none or it was not
 *     asked
 * @param oneDnnRatio how many times as fast ours is as that, though it does more: the median of the
 *     rounds' own ratios
 * @param oneDnnFusedRatio the same where oneDNN also adds the bias and does GELU or the residual,
 *     not LayerNorm and the quantization of rows
 * @param oneDnnWholeRatio the same where oneDNN does all of the kernel's job: also LayerNorm and
 *     the conversion of rows, by code of their own
 * @param oneDnnImplementation what oneDNN calls the code that it chose
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record KernelResult(
    String name,
    String precision,
    int tokens,
    String sequences,
    double micros,
    double gops,
    String peak,
    double fractionOfPeak,
    double gigabytesPerSecond,
    double intensity,
    double maxError,
    @Nullable Double oneDnnGops,
    @Nullable Double oneDnnRatio,
    @Nullable Double oneDnnFusedRatio,
    @Nullable Double oneDnnWholeRatio,
    @Nullable String oneDnnImplementation) {}
