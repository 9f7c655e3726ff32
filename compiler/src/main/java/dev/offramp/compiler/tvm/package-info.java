/**
 * Apache TVM's compiler as Java objects.
 *
 * <p>TVM exposes everything it can do as a table of named <em>packed functions</em>: one calling
 * convention, dynamic types, errors by return code. This package reaches that table through the C
 * API of {@code libtvm.so} with {@code java.lang.foreign} and needs neither Python nor a C
 * compiler. It has three layers, and only the lowest two know a foreign type:
 *
 * <ol>
 *   <li>{@link dev.offramp.compiler.tvm.Tvm}, {@link dev.offramp.compiler.tvm.TvmFunction} and the
 *       other references: what the rest of the compiler uses, over {@code TvmLibrary}, an interface
 *       of plain Java types;
 *   <li>{@code ForeignTvmLibrary}: arenas, conversion of arguments and results, errors, callbacks;
 *   <li>{@code TvmSymbols}: one method for each C function and nothing else.
 * </ol>
 *
 * <h2>Who owns what</h2>
 *
 * TVM counts references. Every handle it returns is one reference that somebody must give back, and
 * a single compilation makes tens of thousands of them. So no reference exists without a {@link
 * dev.offramp.compiler.tvm.ReferenceScope}: a scope collects what is created through it and frees
 * it when it closes, newest first; a result that must live on is {@linkplain
 * dev.offramp.compiler.tvm.ReferenceScope#moveTo moved} to the scope of whoever wants it. Nothing
 * here waits for the garbage collector.
 *
 * <h2>One TVM a process</h2>
 *
 * {@code libtvm.so} and {@code libtvm_runtime.so} register the same global names, so a process that
 * has touched this package must never load {@code org.apache.tvm}, nor the other way round. That is
 * why compiling and serving are separate processes.
 */
@NullMarked
package dev.offramp.compiler.tvm;

import org.jspecify.annotations.NullMarked;
