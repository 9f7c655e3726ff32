package dev.offramp.compiler.tvm;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A packed function: one of TVM's own, one compiled by it, or a Java callback.
 *
 * <p>Arguments and results are null, integers, floating-point numbers, booleans, strings or {@link
 * TvmReference references}. A wrong number or type of arguments is a {@link TvmException} whose
 * message shows the expected signature.
 */
public final class TvmFunction extends TvmReference {
  private final String name;

  TvmFunction(String name, long handle) {
    super(HandleKind.FUNCTION, handle);
    this.name = name;
  }

  /** The name it was found under, for messages. */
  public String name() {
    return name;
  }

  /** Calls the function; a reference among the results belongs to {@code scope}. */
  public @Nullable Object call(ReferenceScope scope, @Nullable Object... arguments) {
    var values = new ArrayList<NativeValue>(arguments.length);
    for (Object argument : arguments) {
      values.add(toNative(argument));
    }
    return scope.fromNative(name, Tvm.library().call(handle(), name, values));
  }

  /**
   * A function that calls back into Java, callable as long as TVM or {@code scope} refers to it.
   */
  public static TvmFunction of(ReferenceScope scope, String name, TvmCallback callback) {
    long handle =
        Tvm.library().createFunction((arguments, answer) -> callBack(callback, arguments, answer));
    return scope.own(new TvmFunction(name, handle));
  }

  private static void callBack(
      TvmCallback callback, List<NativeValue> arguments, Consumer<NativeValue> answer) {
    try (var scope = ReferenceScope.open()) {
      var converted = new ArrayList<@Nullable Object>(arguments.size());
      for (NativeValue argument : arguments) {
        converted.add(scope.fromNative("callback", argument));
      }
      // Answer while the scope is open: TVM takes a reference of its own to the answer.
      answer.accept(toNative(callback.call(scope, converted)));
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static NativeValue toNative(@Nullable Object value) {
    return switch (value) {
      case null -> NativeValue.NULL;
      case Integer number -> new NativeValue.Int(number);
      case Long number -> new NativeValue.Int(number);
      case Boolean flag -> new NativeValue.Bool(flag);
      case Float number -> new NativeValue.Real(number);
      case Double number -> new NativeValue.Real(number);
      case String text -> new NativeValue.Text(text);
      case TvmReference reference -> reference.value();
      default ->
          throw new IllegalArgumentException(
              "argument: %s of %s (expected: a number, boolean, string or TvmReference)"
                  .formatted(value, value.getClass()));
    };
  }

  @Override
  public String toString() {
    return "TvmFunction[" + name + "]";
  }
}
