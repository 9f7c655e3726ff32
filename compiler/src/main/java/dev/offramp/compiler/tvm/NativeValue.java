package dev.offramp.compiler.tvm;

/** One argument or result as TVM's calling convention carries it. */
sealed interface NativeValue {

  /** No value: a null pointer, or a function that returns nothing. */
  record Null() implements NativeValue {}

  /** A truth value. */
  record Bool(boolean value) implements NativeValue {}

  /** An integer of any width. */
  record Int(long value) implements NativeValue {}

  /** A floating-point number. */
  record Real(double value) implements NativeValue {}

  /** Text. Also how data types are passed: {@code float32x16}. */
  record Text(String value) implements NativeValue {}

  /** A pointer to something that TVM counts references to. */
  record Handle(HandleKind kind, long address) implements NativeValue {}

  NativeValue NULL = new Null();
}
