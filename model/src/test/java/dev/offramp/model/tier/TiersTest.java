package dev.offramp.model.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.io.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TiersTest {
  private static final Tiers TIERS =
      new Tiers(
          new Calibration(872, "ab".repeat(32), "0123456789ab", "float32"),
          List.of(
              Tier.full(),
              new Tier("x1.5", new ExitRule.Patience(2), 1.52, 0.999),
              new Tier("x2", new ExitRule.Threshold(ExitSignal.ENERGY, 0.1), 2.03, 0.99),
              new Tier(
                  "x3", new ExitRule.Threshold(ExitSignal.LABEL_SCORE, 1 / 3.0, 0.7), 3.01, 0.95),
              new Tier(
                  "risk0.01",
                  new ExitRule.Threshold(ExitSignal.ENERGY, 0.07),
                  1.8,
                  0.998,
                  Optional.of(
                      new Certificate(
                          0.01,
                          0.1,
                          872,
                          Certificate.DISAGREEMENT,
                          0.008,
                          "ab".repeat(32),
                          "0123456789ab" + "c".repeat(52),
                          "float32")))),
          List.of(
              new Curve(
                  ExitSignal.ENTROPY,
                  2,
                  "accuracy",
                  List.of(new CurvePoint(0, 0.8, 1, 6, 1), new CurvePoint(1, 0.75, 0.9, 1.5, 4))),
              new Curve(ExitSignal.ENERGY, 1, "agreement", List.of())));

  private static final String JSON =
      """
      {
        "format": 1,
        "calibration": {
          "texts": 8, "textsSha256": "00", "checkpointVersion": "1", "precision": "float32"
        },
        "tiers": [
          {"name": "x2", "rule": {"signal": "energy", "threshold": 0.1, "temperature": 1.0},
           "layerSpeedup": 2.0, "agreement": 0.99},
          {"name": "risk0.05", "rule": {"signal": "energy", "threshold": 0.3},
           "layerSpeedup": 2.5, "agreement": 0.97, "certificate": {
             "eps": 0.05, "delta": 0.1, "n": 300, "loss": "disagreement", "upperBound": 0.04,
             "textsSha256": "%s", "checkpointSha256": "%s", "precision": "float32"}}
        ],
        "curves": [
          {"signal": "energy", "temperature": 1.0, "metric": "accuracy", "points": [
            {"threshold": 0.1, "metric": 0.8, "agreement": 0.9, "meanExitDepth": 2.0,
             "layerSpeedup": 3.0}
          ]}
        ]
      }
      """
          .formatted("ab".repeat(32), "cd".repeat(32));

  @TempDir private Path directory;

  @Test
  void digest_anotherRuleOrPromise_isAnother_andMeasuresAreNoPart() {
    var rule = new ExitRule.Threshold(ExitSignal.ENERGY, 0.1);
    String digest = only(new Tier("x2", rule, 2.03, 0.99)).digest();
    assertThat(digest).matches("[0-9a-f]{6}");
    assertThat(only(new Tier("x2", rule, 2.5, 0.9)).digest()).isEqualTo(digest);
    assertThat(only(new Tier("x3", rule, 2.03, 0.99)).digest()).isNotEqualTo(digest);
    var bolder = new ExitRule.Threshold(ExitSignal.ENERGY, 0.11);
    assertThat(only(new Tier("x2", bolder, 2.03, 0.99)).digest()).isNotEqualTo(digest);
    Certificate promise = TIERS.tiers().getLast().certificate().orElseThrow();
    assertThat(only(new Tier("x2", rule, 2.03, 0.99, Optional.of(promise))).digest())
        .isNotEqualTo(digest);
  }

  private static Tiers only(Tier tier) {
    return new Tiers(null, List.of(tier), List.of());
  }

  @Test
  void read_written_isTheSame() throws IOException {
    TIERS.write(directory);

    assertThat(Tiers.read(directory)).isEqualTo(TIERS);
  }

  @Test
  void read_noFile_isFullAlone() {
    assertThat(Tiers.read(directory)).isEqualTo(Tiers.uncalibrated());
    assertThat(Tiers.uncalibrated().tiers()).containsExactly(Tier.full());
  }

  @Test
  void read_withoutFull_hasItFirst() throws IOException {
    assertThat(read(JSON).names()).containsExactly("full", "x2", "risk0.05");
    assertThat(read(JSON).find("full").orElseThrow().rule()).isEqualTo(ExitRule.fullDepth());
  }

  @Test
  void read_withoutCalibrationOrTemperature_hasTheDefaults() throws IOException {
    Tiers tiers =
        read(
            """
            {"format": 1, "curves": [], "tiers": [
              {"name": "x2", "rule": {"signal": "energy", "threshold": 0.1},
               "layerSpeedup": 2, "agreement": 1}]}
            """);

    assertThat(tiers.calibration()).isNull();
    assertThat(tiers.find("x2").orElseThrow().rule())
        .isEqualTo(new ExitRule.Threshold(ExitSignal.ENERGY, 0.1, 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "format": 1           | "format": 2              | format: 2 (expected: 1)
          "format": 1           | "fromat": 1              | format: missing
          "format": 1           | "format": "1"            | format: "1"
          "tiers": [            | "tears": [               | tiers: missing (expected: a list)
          "curves": [           | "tiers2": [              | curves: missing (expected: a list)
          "points": [           | "point": [               | points: missing (expected: a list)
          "name": "x2"          | "name": 2                | name: 2 (expected: a text)
          "name": "x2"          | "name": "X 2"            | tier: 'X 2'
          "name": "x2"          | "name": "full"           | rule of tier full
          "signal": "energy", "threshold" | "signal": "luck", "threshold" | signal: 'luck' (expected: one of
          "signal": "energy", "threshold" | "signal": null, "threshold"   | signal: null
          "signal": "energy", "threshold" | "sign": "energy", "threshold" | rule: {
          "threshold": 0.1, "temperature" | "threshold": "NaN", "temperature" | threshold: "NaN"
          "threshold": 0.1, "temperature" | "thresh": 0.1, "temperature"  | threshold: missing
          "temperature": 1.0}   | "temperature": 0}        | temperature: 0.0
          "temperature": 1.0}   | "temperature": "1"}      | temperature: "1"
          "layerSpeedup": 2.0   | "layerSpeedup": 0.5      | layer speed-up of tier x2: 0.5
          "layerSpeedup": 2.0   | "layerSpeedup": 1e999    | layer speed-up of tier x2: Infinity
          "agreement": 0.99     | "agreement": 1.01        | agreement of tier x2: 1.01
          "agreement": 0.99     | "a": 0                   | agreement: missing
          "meanExitDepth": 2.0  | "meanExitDepth": 0       | meanExitDepth of a curve's point: 0.0
          "meanExitDepth": 2.0  | "depth": 2               | meanExitDepth
          "layerSpeedup": 3.0   | "layerSpeedup": null     | layerSpeedup
          "metric": "accuracy"  | "metric": ""             | metric of a curve: empty
          "texts": 8            | "texts": 0               | texts of a calibration: 0
          "precision": "float32" | "precision": null       | precision
          "calibration": {      | "calibration": [], "c": { | Calibration
          "eps": 0.05           | "eps": 0                 | eps of a certificate: 0.0
          "eps": 0.05           | "epsilon": 0.05          | eps
          "delta": 0.1          | "delta": 1               | delta of a certificate: 1.0
          "n": 300              | "n": 0                   | n of a certificate: 0
          "loss": "disagreement" | "loss": "luck"          | loss of a certificate: 'luck'
          "upperBound": 0.04    | "upperBound": 0.06       | upperBound of a certificate: 0.06
          "textsSha256": "ab    | "textsSha256": "xy       | textsSha256 of a certificate
          "certificate": {      | "certificate": [], "c": { | Certificate
          """)
  void read_valueThatCannotBe_isRefusedWithItsReason(String good, String bad, String reason) {
    assertThat(JSON).contains(good);

    assertThatThrownBy(() -> read(JSON.replace(good, bad)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(directory.resolve("tiers.json") + ": ")
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"patience\": 0}",
        "{\"patience\": 1.5}",
        "{\"patience\": \"2\"}",
        "{\"patience\": null}",
        "{\"fullDepth\": false}",
        "{\"fullDepth\": 1}",
        "{}",
        "[]",
        "7",
        "null"
      })
  void read_ruleThatIsNone_isRefused(String rule) {
    String json =
        """
        {"format": 1, "curves": [], "tiers": [
          {"name": "x2", "rule": %s, "layerSpeedup": 2, "agreement": 1}]}
        """
            .formatted(rule);

    assertThatThrownBy(() -> read(json)).isInstanceOf(ModelFormatException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "null", "7", "{", "\"tiers\""})
  void read_fileThatIsNone_isRefused(String json) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(directory.resolve("tiers.json") + ": ");
  }

  @Test
  void read_cutAnywhere_isRefused() throws IOException {
    String whole = JSON.strip();
    for (int length = 0; length < whole.length(); length++) {
      String cut = whole.substring(0, length);
      assertThatThrownBy(() -> read(cut)).as(cut).isInstanceOf(ModelFormatException.class);
    }
  }

  @Test
  void tiers_nameTwice_isRefused() {
    Tier x2 = TIERS.find("x2").orElseThrow();

    assertThatThrownBy(() -> new Tiers(null, List.of(x2, x2), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[full, x2, x2] (expected: distinct names)");
  }

  @Test
  void covers_otherCheckpointOrPrecision_isNo() {
    Certificate certificate = TIERS.find("risk0.01").orElseThrow().certificate().orElseThrow();

    assertThat(certificate.covers("0123456789ab", "float32")).isTrue();
    assertThat(certificate.covers("0123456789ac", "float32")).isFalse();
    assertThat(certificate.covers("0123456789ab", "int8")).isFalse();
  }

  @Test
  void find_unknown_isEmpty() {
    assertThat(TIERS.find("x9")).isEmpty();
    assertThat(TIERS.names()).containsExactly("full", "x1.5", "x2", "x3", "risk0.01");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "X2", "a b", "-x", "../x"})
  void tier_nameThatIsNone_isRefused(String name) {
    assertThatThrownBy(() -> new Tier(name, ExitRule.fullDepth(), 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("tier: '" + name + "'");
  }

  @Test
  void point_notANumber_isRefused() {
    assertThatThrownBy(() -> new CurvePoint(Double.NaN, 0.5, 1, 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("threshold of a curve's point: NaN");
    assertThatThrownBy(() -> new CurvePoint(0, Double.NaN, 1, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private Tiers read(String json) throws IOException {
    Files.writeString(directory.resolve(Tiers.FILE), json);
    return Tiers.read(directory);
  }
}
