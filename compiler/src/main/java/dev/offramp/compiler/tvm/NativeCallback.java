package dev.offramp.compiler.tvm;

import java.util.List;
import java.util.function.Consumer;

/** What TVM calls in Java: takes owned arguments, answers once, while its references are alive. */
@FunctionalInterface
interface NativeCallback {
  void call(List<NativeValue> arguments, Consumer<NativeValue> answer);
}
