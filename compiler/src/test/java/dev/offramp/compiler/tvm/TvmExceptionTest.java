package dev.offramp.compiler.tvm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TvmExceptionTest {

  @Test
  void of_tracebackBeforeTheMessage_keepsTheMessage() {
    var exception =
        TvmException.of(
            "driver.lower",
            """
            Traceback (most recent call last):
              12: TVMFuncCall
              File "/src/tvm/tir.cc", line 7
            InternalError: Check failed: (x) is false: no such axis
            and a second line
            """,
            null);

    assertThat(exception)
        .hasMessage("driver.lower: Check failed: (x) is false: no such axis\nand a second line");
    assertThat(exception.kind()).isEqualTo("InternalError");
  }

  @Test
  void of_emptyText_saysSo() {
    assertThat(TvmException.of("f", "", null)).hasMessage("f: failed without a message");
  }
}
