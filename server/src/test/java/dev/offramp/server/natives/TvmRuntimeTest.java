package dev.offramp.server.natives;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TvmRuntimeTest {

  @Test
  void backends_noJvmFlags_loadsTheRuntimeOnce() {
    assertThat(System.getProperty("java.library.path")).doesNotContain("tvm");
    assertThat(TvmRuntime.backends()).isSameAs(TvmRuntime.backends());
    assertThat(TvmRuntime.backends().getClass().getClassLoader().getName()).isEqualTo("tvm");
  }
}
