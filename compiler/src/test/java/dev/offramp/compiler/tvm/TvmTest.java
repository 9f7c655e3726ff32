package dev.offramp.compiler.tvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class TvmTest {

  @Test
  void functionNames_compilerLoaded_holdTheWholeTable() {
    assertThat(Tvm.functionNames())
        .hasSizeGreaterThan(2_000)
        .contains("tir.BufferStore", "driver.tir_to_runtime");
  }

  @Test
  void function_unknownName_failsAndNamesIt() {
    assertThatThrownBy(() -> Tvm.function("tir.NoSuchThing"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tir.NoSuchThing");
  }

  @Test
  void object_node_knowsItsTypeAndPrints() {
    try (var scope = ReferenceScope.open()) {
      TvmObject variable = scope.object("tir.Var", "rows", "int32", null);
      TvmObject two = scope.object("ir.IntImm", "int32", 2, null);
      TvmObject product = scope.object("tir.Mul", variable, two, null);

      assertThat(product.typeKey()).isEqualTo("tir.Mul");
      assertThat(product).hasToString("rows * 2");
    }
  }

  @Test
  void call_wrongNumberOfArguments_failsWithTheSignature() {
    try (var scope = ReferenceScope.open()) {
      assertThatThrownBy(() -> scope.call("tir.Var", "rows"))
          .isInstanceOfSatisfying(
              TvmException.class,
              e -> {
                assertThat(e.function()).isEqualTo("tir.Var");
                assertThat(e.kind()).isEqualTo("TVMError");
                assertThat(e)
                    .hasMessageStartingWith("tir.Var: Function tir.Var(0: runtime.String")
                    .hasMessageContaining("expects 3 arguments, but 1 were provided")
                    .hasMessageNotContaining("Stack trace");
                assertThat(e.details()).contains("Stack trace");
              });
    }
  }

  @Test
  void call_operandsOfDifferentTypes_failsWithTvmsReason() {
    try (var scope = ReferenceScope.open()) {
      TvmObject integer = scope.object("ir.IntImm", "int32", 2, null);
      TvmObject real = scope.object("ir.FloatImm", "float32", 2.5, null);

      assertThatThrownBy(() -> scope.call("tir.Add", integer, real, null))
          .isInstanceOf(TvmException.class)
          .hasMessageContaining("mismatched types");
    }
  }

  @Test
  void call_argumentThatTvmCannotTake_failsBeforeTheCall() {
    try (var scope = ReferenceScope.open()) {
      assertThatThrownBy(() -> scope.call("runtime.String", List.of()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("TvmReference");
    }
  }

  @Test
  void callback_argumentsOfEveryKind_arriveAndTheAnswerReturns() {
    var seen = new ArrayList<@Nullable Object>();
    try (var scope = ReferenceScope.open()) {
      TvmFunction echo =
          TvmFunction.of(
              scope,
              "echo",
              (inner, arguments) -> {
                seen.addAll(arguments.subList(0, 5));
                return arguments.get(5);
              });
      TvmObject node = scope.object("tir.Var", "rows", "int32", null);

      Object answer = echo.call(scope, 7, 2.5, "text", true, null, node);

      assertThat(seen).containsExactly(7L, 2.5, "text", true, null);
      assertThat(answer)
          .isInstanceOfSatisfying(
              TvmObject.class, result -> assertThat(result).hasToString("rows"));
    }
  }

  @Test
  void callback_thatThrows_failsTheCallWithItsExceptionAsCause() {
    var failure = new IOException("disk on fire");
    try (var scope = ReferenceScope.open()) {
      TvmFunction broken =
          TvmFunction.of(
              scope,
              "broken",
              (inner, arguments) -> {
                throw failure;
              });

      assertThatThrownBy(() -> broken.call(scope))
          .isInstanceOf(TvmException.class)
          .hasMessageContaining("disk on fire")
          .hasRootCause(failure);
      assertThatThrownBy(() -> scope.call("tir.Var"))
          .as("a later failure is not blamed on the callback")
          .hasNoCause();
    }
  }

  @Test
  void callback_calledFromWithinTvm_runsAsAPass() {
    var visited = new ArrayList<String>();
    try (var scope = ReferenceScope.open()) {
      TvmObject x = scope.object("tir.Var", "x", "int32", null);
      TvmObject one = scope.object("ir.IntImm", "int32", 1, null);
      TvmObject sum = scope.object("tir.Add", x, one, null);
      TvmObject statement = scope.object("tir.Evaluate", sum, null);
      TvmFunction visit =
          TvmFunction.of(
              scope,
              "visit",
              (inner, arguments) -> {
                if (arguments.getFirst() instanceof TvmObject node) {
                  visited.add(node.typeKey());
                }
                return null;
              });

      scope.call("tir.PostOrderVisit", statement, visit);

      assertThat(visited).containsExactly("tir.Var", "IntImm", "tir.Add", "tir.Evaluate");
    }
  }

  @Test
  void callback_scopeClosed_isReleasedByTvm() {
    int before = TvmCallbacks.held();
    try (var scope = ReferenceScope.open()) {
      TvmFunction.of(scope, "unused", (inner, arguments) -> null);
      assertThat(TvmCallbacks.held()).isEqualTo(before + 1);
    }
    assertThat(TvmCallbacks.held()).isEqualTo(before);
  }

  @Test
  void reference_usedAfterItsScopeClosed_failsWithoutTouchingFreedMemory() {
    TvmObject escaped;
    try (var scope = ReferenceScope.open()) {
      escaped = scope.object("ir.IntImm", "int32", 2, null);
    }
    assertThatThrownBy(escaped::typeKey)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("was freed");
  }

  @Test
  void moveTo_otherScope_outlivesTheFirst() {
    try (var outer = ReferenceScope.open()) {
      TvmObject kept;
      try (var inner = ReferenceScope.open()) {
        kept = inner.moveTo(outer, inner.object("ir.IntImm", "int32", 2, null));
      }
      assertThat(kept.typeKey()).isEqualTo("IntImm");
      assertThat(outer.size()).isEqualTo(1);
    }
  }

  @Test
  void array_values_comeBackAsTheyWent() {
    try (var scope = ReferenceScope.open()) {
      float[] values = {1.5f, -2f, Float.MIN_VALUE, 4f, 5f, 6f};
      assertThat(TvmArray.of(scope, values, 2, 3).floats()).isEqualTo(values);
      assertThat(TvmArray.zeros(scope, ElementType.FLOAT32, 3).floats()).containsOnly(0f);
      assertThatThrownBy(() -> TvmArray.zeros(scope, ElementType.FLOAT32, 3, 0))
          .hasMessageContaining("expected: dimensions >= 1");
    }
  }
}
