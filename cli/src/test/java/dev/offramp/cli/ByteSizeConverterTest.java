package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class ByteSizeConverterTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1000, 1000",
    "12B, 12",
    "64MiB, 67108864",
    "64mb, 67108864",
    "64m, 67108864",
    "2GiB, 2147483648",
    "8191TiB, 9006099743113216",
    "3k, 3072"
  })
  void convert_asPeopleWrite_isThatManyBytes(String text, long bytes) {
    assertThat(new ByteSizeConverter().convert(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "1.5G", "64 MiB", "64Mi", "9999999999TiB", "x"})
  void convert_noSize_saysWhatIs(String text) {
    assertThatThrownBy(() -> new ByteSizeConverter().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage(
            "'%s' is not an amount of memory (expected: such as 64MiB, 2GiB, or bytes)", text);
  }
}
