/**
 * The kernels of a multi-exit BERT, written as tensor IR.
 *
 * <p>{@link dev.offramp.model.artifact.KernelNames} is the contract with the server; each class
 * here writes one of its functions. What they share is in {@code Gemm} (the register tile that
 * nearly all time is spent in), {@code LayerNorm} and {@code VectorMath}.
 *
 * <p>Two rules hold for all of them:
 *
 * <ul>
 *   <li><b>Answers do not depend on company.</b> A row's arithmetic is the same sequence of
 *       operations wherever the row lies in a batch and whatever lies beside it: tiles are always
 *       full (rows beyond the last token are computed and ignored), reductions always run in the
 *       same order, and attention looks at its own sequence only.
 *   <li><b>Bad arguments fail, they do not crash.</b> Counts, offsets, ids and row numbers are
 *       checked before memory is touched; the call returns an error with a message.
 * </ul>
 */
@NullMarked
package dev.offramp.compiler.kernel;

import org.jspecify.annotations.NullMarked;
