package dev.offramp.compiler.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.checkpoint.ModelConfig;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What LLVM makes of the kernels at BERT-base's shape. A register allocator that spills an
 * accumulator in the innermost loop halves the speed of a product, and no other test would notice:
 * it happened when GELU shared a loop with the product.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AssemblyTest {
  private static final Pattern MULTIPLY_ADD = Pattern.compile("\\bvfmadd\\d+ps\\b");

  private final Map<CpuTarget, String> assemblies = new EnumMap<>(CpuTarget.class);

  @ParameterizedTest
  @EnumSource
  void products_innermostLoop_keepsAllAccumulatorsInRegisters(CpuTarget target) {
    String assembly = assembly(target);
    int accumulators = target.rowTile() * target.tileVectors();
    for (String kernel :
        List.of(
            KernelNames.QKV,
            KernelNames.ATTENTION_OUTPUT,
            KernelNames.FFN_UP,
            KernelNames.FFN_DOWN,
            KernelNames.EXIT_HEAD)) {
      // The block that does one multiply-add for each accumulator is the loop over k.
      List<String> loops =
          blocks(function(assembly, kernel)).stream()
              .filter(block -> MULTIPLY_ADD.matcher(block).results().count() == accumulators)
              .toList();
      assertThat(loops).as("loops over k in %s", kernel).isNotEmpty();
      assertThat(loops).as(kernel).allSatisfy(loop -> assertThat(loop).doesNotContain("(%rsp)"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void kernels_transcendentalFunctions_callNoLibrary(CpuTarget target) {
    assertThat(assembly(target))
        .doesNotContainPattern("\\b(expf|erff|tanhf|exp2f|sqrtf|nearbyintf)\\b");
  }

  @ParameterizedTest
  @EnumSource
  void vectors_wholeRegisters_areUsed(CpuTarget target) {
    String register = target == CpuTarget.X86_64_V4 ? "%zmm" : "%ymm";
    String assembly = assembly(target);
    for (String kernel : List.of(KernelNames.ATTENTION, KernelNames.FFN_UP, KernelNames.EMBED)) {
      String code = function(assembly, kernel);
      assertThat(code).as(kernel).contains(register);
      assertThat(Pattern.compile("\\bvfmadd\\d+ss\\b").matcher(code).results().count())
          .as("scalar multiply-adds in %s", kernel)
          .isLessThanOrEqualTo(4);
    }
  }

  private String assembly(CpuTarget target) {
    return assemblies.computeIfAbsent(target, AssemblyTest::compile);
  }

  private static String compile(CpuTarget target) {
    List<String> labels = List.of("a", "b");
    var config = new ModelConfig(12, 768, 12, 3072, 1000, 512, 2, 1e-12, labels);
    try (var scope = ReferenceScope.open()) {
      return KernelSet.of(config, target).compile(scope).assembly();
    }
  }

  /** The instructions of a kernel's computing half, behind TVM's checks of the arguments. */
  private static String function(String assembly, String kernel) {
    int start = assembly.indexOf(kernel + "_compute_:");
    assertThat(start).as("code of %s", kernel).isNotNegative();
    return assembly.substring(start, assembly.indexOf(".cfi_endproc", start));
  }

  /** Instructions from a label to the next jump. */
  private static List<String> blocks(String function) {
    return Pattern.compile("\\n\\.LBB\\w+:")
        .splitAsStream(function)
        .map(block -> block.replaceFirst("(?s)\\n\\tj\\w+\\t.*", ""))
        .toList();
  }
}
