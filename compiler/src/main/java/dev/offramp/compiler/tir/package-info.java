/**
 * Loops, buffers and vector arithmetic as Java, written into TVM's tensor IR.
 *
 * <p>A kernel is a Java method that <em>writes a program</em>: {@link
 * dev.offramp.compiler.tir.Body#loop} records a loop that runs in the kernel, a Java {@code for}
 * repeats statements while the kernel is written, that is, unrolls them. Every expression carries
 * its {@link dev.offramp.compiler.tir.DataType}, vectors included, and types must match exactly:
 * nothing is converted or broadcast behind the author's back. What is a vector here is a vector
 * instruction in the end; nothing is left to an auto-vectorizer.
 *
 * <p>Nodes belong to the {@link dev.offramp.compiler.tvm.ReferenceScope} that the {@link
 * dev.offramp.compiler.tir.Tir} was made with.
 */
@NullMarked
package dev.offramp.compiler.tir;

import org.jspecify.annotations.NullMarked;
