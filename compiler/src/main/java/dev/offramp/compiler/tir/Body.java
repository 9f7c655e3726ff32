package dev.offramp.compiler.tir;

import dev.offramp.compiler.tvm.TvmObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The statements of a block, recorded in the order in which the kernel will execute them. */
public final class Body {
  /** Memory of the kernel's arguments, and the kind that TVM allocates from its workspace. */
  static final String ARGUMENT = "global";

  private static final String WORKSPACE = "global";
  private static final String REGISTERS = "local";
  private static final String SHARED = "shared";
  private static final int SERIAL = 0;
  private static final int THREAD_INDEX = 1;

  private final Tir tir;

  /** Each entry completes the statements after it: a store precedes them, a let encloses them. */
  private final List<UnaryOperator<@Nullable TvmObject>> entries = new ArrayList<>();

  Body(Tir tir) {
    this.tir = tir;
  }

  public Tir tir() {
    return tir;
  }

  /** Stores a scalar, or a vector from the index on. */
  public void store(Buffer buffer, Expr value, Expr... index) {
    add(buffer.store(value, index));
  }

  /** Computes a value once and names it for the rest of the block. */
  public Expr let(String name, Expr value) {
    Expr variable = tir.variable(name, value.type());
    entries.add(
        rest -> tir.node("tir.LetStmt", variable.node(), value.node(), orNothing(rest), null));
    return variable;
  }

  /**
   * Fails the kernel with a message if any of the integers is negative.
   *
   * <p>A limit is checked as {@code limit - value}. The sign bits are joined with a bitwise or,
   * which is one test for all of them, and which TVM does not reason about: given an inequality it
   * bounds every variable by every other, and some ten inequalities keep it busy for hours.
   */
  public void requireNotNegative(String message, Expr... integers) {
    Expr joined = integers[0];
    for (int i = 1; i < integers.length; i++) {
      joined = joined.or(integers[i]);
    }
    // A second operand even where there is one: what matters is that TVM cannot look inside.
    Expr condition = tir.constant(0).atMost(joined.or(integers[0]));
    TvmObject text = tir.node("tir.StringImm", message, null);
    entries.add(rest -> tir.node("tir.AssertStmt", condition.node(), text, orNothing(rest), null));
  }

  /** Repeats a block for 0, 1, ... below {@code extent}. */
  public void loop(String name, Expr extent, LoopBody body) {
    Expr variable = tir.variable(name, DataType.INT32);
    var block = new Body(tir);
    body.write(block, variable);
    add(
        tir.node(
            "tir.For",
            variable.node(),
            tir.constant(0).node(),
            extent.node(),
            SERIAL,
            block.finish(),
            null,
            null,
            null));
  }

  /** Repeats a block for 0, 1, ... below {@code extent}. */
  public void loop(String name, int extent, LoopBody body) {
    loop(name, tir.constant(extent), body);
  }

  /** Executes one of two blocks. */
  public void choose(Expr condition, Consumer<Body> yes, Consumer<Body> no) {
    add(
        tir.node(
            "tir.IfThenElse", condition.node(), record(yes).finish(), record(no).finish(), null));
  }

  /** Executes a block if the condition holds. */
  public void when(Expr condition, Consumer<Body> yes) {
    add(tir.node("tir.IfThenElse", condition.node(), record(yes).finish(), null, null));
  }

  /**
   * Variables for the rest of the block, which stay in registers as long as every index is known
   * when the kernel is written.
   */
  public Buffer registers(String name, DataType type, int count) {
    return allocate(name, type, REGISTERS, count);
  }

  /** Memory for the rest of the block, from TVM's workspace of the calling thread. */
  public Buffer workspace(String name, DataType type, int... shape) {
    return allocate(name, type, WORKSPACE, shape);
  }

  private Buffer allocate(String name, DataType type, String memory, int... shape) {
    List<Expr> extents = new ArrayList<>();
    for (int extent : shape) {
      extents.add(tir.constant(extent));
    }
    Buffer buffer = tir.buffer(name, type, memory, extents);
    TvmObject nodes = tir.scope().array(extents.stream().map(Expr::node).toList());
    TvmObject always = tir.node("ir.IntImm", "bool", 1, null);
    entries.add(rest ->
        tir.node(
            "tir.Allocate",
            buffer.data(),
            type.toString(),
            nodes,
            always,
            tir.node("tir.DeclBuffer", buffer.node(), orNothing(rest), null),
            tir.node("runtime.Map"),
            null));
    return buffer;
  }

  /** Memory of a work group for the rest of the block, on a device. */
  public Buffer shared(String name, DataType type, int... shape) {
    return allocate(name, type, SHARED, shape);
  }

  /** Adds a block, which what is bound or declared in it does not outlive. */
  public void block(Consumer<Body> statements) {
    add(record(statements).finish());
  }

  /**
   * Runs the rest of the block on a device, once for each index below {@code extent}.
   *
   * @param thread {@code blockIdx.x} or {@code .y} for work groups, {@code threadIdx.x} or {@code
   *     .y} for the work items in one
   */
  public Expr bind(String thread, Expr extent) {
    Expr index = tir.variable(thread.replace("Idx.", "_"), DataType.INT32);
    TvmObject range =
        tir.node("ir.Range_from_min_extent", tir.constant(0).node(), extent.node(), null);
    TvmObject axis = tir.node("tir.IterVar", range, index.node(), THREAD_INDEX, thread, null);
    entries.add(rest ->
        tir.node("tir.AttrStmt", axis, "thread_extent", extent.node(), orNothing(rest), null));
    return index;
  }

  /** Waits until all work items of the group are here, and sees what they stored. */
  public void barrier() {
    Expr scope = tir.expr("tir.StringImm", DataType.INT32, SHARED, null);
    Expr call = tir.intrinsic("tir.tvm_storage_sync", DataType.INT32, scope);
    add(tir.node("tir.Evaluate", call.node(), null));
  }

  /** Makes functions in LLVM's assembly language known to the rest of the block. */
  public void importLlvm(String source) {
    TvmObject text = tir.node("tir.StringImm", source, null);
    TvmObject zero = tir.constant(0).node();
    entries.add(
        rest -> tir.node("tir.AttrStmt", zero, "pragma_import_llvm", text, orNothing(rest), null));
  }

  private Body record(Consumer<Body> statements) {
    var block = new Body(tir);
    statements.accept(block);
    return block;
  }

  private void add(TvmObject statement) {
    entries.add(rest ->
        rest == null
            ? statement
            : tir.node("tir.SeqStmt", tir.scope().array(List.of(statement, rest)), null));
  }

  /** The block as one statement. */
  TvmObject finish() {
    TvmObject rest = null;
    for (var entry : entries.reversed()) {
      rest = entry.apply(rest);
    }
    return orNothing(rest);
  }

  private TvmObject orNothing(@Nullable TvmObject rest) {
    return rest != null ? rest : tir.node("tir.Evaluate", tir.constant(0).node(), null);
  }

  /** Writes a loop's block. */
  @FunctionalInterface
  public interface LoopBody {
    void write(Body block, Expr index);
  }
}
