package dev.offramp.compiler.tvm;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * TVM's C API without foreign types: handles are {@code long} addresses, the caller owns those
 * returned.
 *
 * <p>Errors: every method throws {@link TvmException} with TVM's own message.
 */
interface TvmLibrary {

  /** The function registered under a name, or 0. */
  long globalFunction(String name);

  /** The names of all registered functions, sorted. */
  List<String> globalFunctionNames();

  /** Calls a packed function; {@code name} is for messages. A handle returned is owned. */
  NativeValue call(long function, String name, List<NativeValue> arguments);

  /** A function that TVM can call; freed by TVM once its last reference has gone. */
  long createFunction(NativeCallback body);

  /** A module's function, or 0. */
  long moduleFunction(long module, String name, boolean searchImports);

  /** A new array in a device's memory, not initialized. */
  long allocateArray(TvmDevice device, ElementType type, long[] shape);

  /** Copies an array's elements into another one of the same size, which may be elsewhere. */
  void copyArray(long from, long to);

  /** The memory of an array, valid while the array lives. */
  ByteBuffer arrayMemory(long array, long bytes);

  /** Adds a reference to an object. */
  void retain(long object);

  /** Gives a reference back. */
  void free(HandleKind kind, long handle);

  /** The name of an object's type in TVM, such as {@code tir.BufferStore}. */
  String typeKey(long object);
}
