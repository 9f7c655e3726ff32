package dev.offramp.bench.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.compiler.target.HostCpu;
import dev.offramp.model.artifact.Precision;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** oneDNN's own process. */
final class OneDnnIT {
  @Test
  void products_inEveryPrecisionOfThisCpu_areRight() throws IOException {
    Path home = Path.of(System.getProperty("offramp.home", "."));
    try (OneDnn oneDnn = OneDnn.start(OneDnn.library(home))) {
      assertThat(oneDnn.version()).matches("\\d+\\.\\d+\\.\\d+");
      for (Precision precision : HostCpu.detect().bestLevel().precisions()) {
        for (OneDnn.Epilogue epilogue : OneDnn.Epilogue.values()) {
          for (boolean whole : new boolean[] {false, true}) {
            OneDnn.Prepared product = oneDnn.prepare(1, 13, 96, 40, precision, epilogue, whole);
            assertThat(product.implementation()).isNotEmpty();
            // Integers are exact, floats are rounded some times.
            boolean exact = precision == Precision.INT8 && epilogue == OneDnn.Epilogue.NONE;
            assertThat(product.maxError())
                .as("%s %s %s", precision, epilogue, whole)
                .isBetween(0.0, exact ? 0 : 1e-6);
            assertThat(oneDnn.nanos(1, 2)).isPositive();
          }
        }
      }
    }
  }

  @Test
  void start_withoutTheLibrary_saysWhoMakesIt() {
    assertThatThrownBy(() -> OneDnn.start(Path.of("no/such/libdnnl.so.3")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no/such/libdnnl.so.3")
        .hasMessageContaining("mvn package");
  }
}
