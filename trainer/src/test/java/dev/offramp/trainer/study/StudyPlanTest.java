package dev.offramp.trainer.study;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StudyPlanTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "a/b", "..", "a b", "a=b"})
  void dataSet_nameThatIsNoFileName_isRefused(String name) {
    assertThatThrownBy(() -> new StudyPlan.DataSet(name, Path.of("a"), Path.of("b")))
        .hasMessageContaining("data set: '" + name + "'");
  }
}
