package dev.offramp.compiler.tvm;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The owner of the references that a piece of work makes: frees them all, newest first, when it
 * closes.
 *
 * <p>Threading: one thread at a time. Ownership: {@link #moveTo} hands a reference that must live
 * on to another scope.
 */
public final class ReferenceScope implements AutoCloseable {
  private final List<TvmReference> references = new ArrayList<>();
  private boolean closed;

  private ReferenceScope() {}

  /** A new, empty scope. */
  public static ReferenceScope open() {
    return new ReferenceScope();
  }

  /** Calls TVM's function of that name; a reference that it returns belongs to this scope. */
  public @Nullable Object call(String function, @Nullable Object... arguments) {
    return Tvm.function(function).call(this, arguments);
  }

  /** Calls a function that returns a node. */
  public TvmObject object(String function, @Nullable Object... arguments) {
    return expect(TvmObject.class, function, call(function, arguments));
  }

  /** Calls a function that returns a module. */
  public TvmModule module(String function, @Nullable Object... arguments) {
    return expect(TvmModule.class, function, call(function, arguments));
  }

  /** Calls a function that returns text, as a plain string or as a string node. */
  public String text(String function, @Nullable Object... arguments) {
    Object result = call(function, arguments);
    return result instanceof TvmObject node
        ? text("runtime.GetFFIString", node)
        : expect(String.class, function, result);
  }

  /** Calls a function that returns an integer. */
  public long integer(String function, @Nullable Object... arguments) {
    return expect(Long.class, function, call(function, arguments));
  }

  /** A node that holds the given values in order. */
  public TvmObject array(List<? extends @Nullable Object> values) {
    return object("runtime.Array", values.toArray());
  }

  /** Hands a reference of this scope to another one. */
  public <T extends TvmReference> T moveTo(ReferenceScope owner, T reference) {
    if (!references.remove(reference)) {
      throw new IllegalArgumentException(
          "reference: %s (expected: one that belongs to this scope)".formatted(reference));
    }
    return owner.own(reference);
  }

  /** The number of references this scope holds. */
  public int size() {
    return references.size();
  }

  /** Frees everything; a second call does nothing. */
  @Override
  public void close() {
    closed = true;
    RuntimeException failure = null;
    while (!references.isEmpty()) {
      try {
        references.removeLast().free();
      } catch (RuntimeException e) {
        // One that cannot be freed must not keep the others.
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  <T extends TvmReference> T own(T reference) {
    if (closed) {
      reference.free();
      throw new IllegalStateException("the ReferenceScope is closed");
    }
    references.add(reference);
    return reference;
  }

  @Nullable Object fromNative(String function, NativeValue value) {
    return switch (value) {
      case NativeValue.Null() -> null;
      case NativeValue.Bool(boolean flag) -> flag;
      case NativeValue.Int(long number) -> number;
      case NativeValue.Real(double number) -> number;
      case NativeValue.Text(String text) -> text;
      case NativeValue.Handle(HandleKind kind, long address) ->
          own(
              switch (kind) {
                case OBJECT -> new TvmObject(address);
                case MODULE -> new TvmModule(address);
                case FUNCTION -> new TvmFunction("result of " + function, address);
                case ARRAY -> TvmArray.of(address);
              });
    };
  }

  private static <T> T expect(Class<T> type, String function, @Nullable Object result) {
    if (!type.isInstance(result)) {
      throw new IllegalStateException(
          "%s returned %s (expected: a %s)".formatted(function, result, type.getSimpleName()));
    }
    return type.cast(result);
  }
}
