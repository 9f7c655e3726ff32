package dev.offramp.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.server.TestArtifacts;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TargetChoiceTest {

  private static final Host HASWELL = new Host("x86_64", Set.of("sse2", "avx2", "fma"));

  @TempDir Path temporary;

  private Artifact artifact(TargetEntry... targets) {
    return Artifact.open(
        TestArtifacts.write(temporary.resolve("a"), "sst2", "1", List.of(targets)));
  }

  @Test
  void of_severalThatRun_takesTheMostDemandingAndSaysWhy() {
    var choice =
        TargetChoice.of(
            artifact(
                TestArtifacts.target("v1"),
                TestArtifacts.target("v4", "avx2", "avx512f", "avx512_bf16"),
                TestArtifacts.target("v3", "avx2", "fma")),
            HASWELL,
            TargetWish.NONE);
    assertThat(choice.target().id()).isEqualTo("v3");
    assertThat(choice.reason())
        .isEqualTo(
            "the host has all it requires: avx2 fma; of 2 that can be used it is the most exact, then for a GPU, then requires most;"
                + " v4 needs avx512f avx512_bf16, which this CPU lacks");
  }

  @Test
  void of_equals_takesTheFirst() {
    var choice =
        TargetChoice.of(
            artifact(TestArtifacts.target("b", "avx2"), TestArtifacts.target("a", "fma")),
            HASWELL,
            TargetWish.NONE);
    assertThat(choice.target().id()).isEqualTo("b");
  }

  @Test
  void of_severalPrecisions_takesTheMostExactUnlessAskedOtherwise() {
    Artifact artifact =
        artifact(
            TestArtifacts.target("fast", Precision.INT8, "avx2", "fma"),
            TestArtifacts.target("exact", Precision.FLOAT32, "avx2"));
    assertThat(TargetChoice.of(artifact, HASWELL, TargetWish.NONE).target().id())
        .isEqualTo("exact");
    var wish = new TargetWish(null, Precision.INT8);
    TargetChoice choice = TargetChoice.of(artifact, HASWELL, wish);
    assertThat(choice.target().id()).isEqualTo("fast");
    assertThat(choice.reason()).contains("exact is not of int8, which was asked for");
    assertThat(TargetChoice.of(artifact, HASWELL, new TargetWish("fast", null)).target().id())
        .isEqualTo("fast");
  }

  @Test
  void of_wishThatNoTargetMeets_isRefusedWithAllReasons() {
    Artifact artifact = artifact(TestArtifacts.target("exact"), TestArtifacts.target("v4", "amx"));
    assertThatThrownBy(
            () -> TargetChoice.of(artifact, HASWELL, new TargetWish(null, Precision.BF16)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("exact is not of bf16, which was asked for")
        .hasMessageContaining("v4 is not of bf16");
    assertThatThrownBy(() -> TargetChoice.of(artifact, HASWELL, new TargetWish("v4", null)))
        .hasMessageContaining("v4 needs amx, which this CPU lacks");
  }

  @Test
  void of_noneThatRuns_isRefusedWithWhatIsLacking() {
    Artifact artifact = artifact(TestArtifacts.target("v4", "avx512f"));
    assertThatThrownBy(() -> TargetChoice.of(artifact, HASWELL, TargetWish.NONE))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("manifest.json: none of its targets can be used")
        .hasMessageContaining("v4 needs avx512f, which this CPU lacks");
  }

  @Test
  void of_otherArchitecture_isRefused() {
    Artifact artifact = artifact(TestArtifacts.target("v1"));
    assertThatThrownBy(
            () -> TargetChoice.of(artifact, new Host("aarch64", Set.of("asimd")), TargetWish.NONE))
        .hasMessageContaining("v1 is for x86_64-pc-linux-gnu (this host: aarch64)");
  }

  @Test
  void parse_cpuinfo_findsTheFirstProcessorsFeatures() {
    assertThat(
            Host.parse(
                List.of("processor\t: 0", "flags\t\t: fpu sse2 avx2 sse2", "", "flags\t\t: fpu")))
        .containsExactlyInAnyOrder("fpu", "sse2", "avx2");
    assertThat(Host.parse(List.of("processor : 0", "Features : fp asimd")))
        .containsExactlyInAnyOrder("fp", "asimd");
    assertThat(Host.parse(List.of("nothing"))).isEmpty();
  }

  @Test
  void local_thisMachine_hasAnArchitecture() {
    assertThat(Host.local().architecture()).isNotBlank();
  }
}
