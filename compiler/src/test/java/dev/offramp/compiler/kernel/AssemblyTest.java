package dev.offramp.compiler.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.compiler.target.CpuLevel;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.checkpoint.ModelConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What LLVM makes of the kernels at BERT-base's shape. A register allocator that spills an
 * accumulator in the innermost loop halves the speed of a product, and no other test would notice:
 * it happened when GELU shared a loop with the product.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AssemblyTest {
  private static final Pattern SPREAD =
      Pattern.compile("broadcast|\\{1to|\\tld1r\\t|\\tdup\\t|\\.s\\[");

  private static final ModelConfig CONFIG =
      new ModelConfig(12, 768, 12, 3072, 1000, 512, 2, 1e-12, List.of("a", "b"));

  private final Map<CpuTarget, String> assemblies = new HashMap<>();

  /** Every target, also those that do not run here: the code is read, not run. */
  static List<CpuTarget> targets() {
    return CpuTarget.all();
  }

  @ParameterizedTest
  @MethodSource("targets")
  void products_innermostLoop_keepsAllAccumulatorsInRegisters(CpuTarget target) {
    String assembly = assembly(target);
    Pattern instruction = instruction(target);
    Schedules schedules = Schedules.defaults(CONFIG, target);
    int accumulators = schedules.qkv().rows() * schedules.qkv().vectors();
    for (String kernel :
        List.of(
            KernelNames.QKV,
            KernelNames.ATTENTION_OUTPUT,
            KernelNames.FFN_UP,
            KernelNames.FFN_DOWN,
            KernelNames.EXIT_HEAD)) {
      // The block that does one or more steps for each accumulator is the loop over k.
      List<String> loops =
          blocks(function(assembly, kernel)).stream()
              .filter(block -> isStep(instruction, block, accumulators))
              .toList();
      assertThat(loops).as("loops over k in %s", kernel).isNotEmpty();
      assertThat(loops).as(kernel).allSatisfy(loop -> assertThat(loop).doesNotContain("(%rsp)"));
    }
  }

  @ParameterizedTest
  @MethodSource("targets")
  void attention_innermostLoops_keepAllSumsInRegisters(CpuTarget target) {
    boolean arm = target.level() == CpuLevel.AARCH64;
    Pattern multiplyAdd = Pattern.compile(arm ? "\\tfmla\\t" : "\\tvfmadd\\d+ps\\t");
    AttentionSchedule schedule = Schedules.defaults(CONFIG, target).attention();
    List<String> blocks = blocks(function(assembly(target), KernelNames.ATTENTION));
    for (int vectors : List.of(schedule.keyVectors(), schedule.valueVectors())) {
      List<String> loops =
          blocks.stream()
              .filter(block -> isStep(multiplyAdd, block, schedule.queries() * vectors))
              .toList();
      assertThat(loops).isNotEmpty();
      // Addresses of rows may come from the stack, but no vector.
      assertThat(loops)
          .allSatisfy(loop ->
              assertThat(loop)
                  .doesNotContainPattern("(?m)^\\tv.*\\(%rsp\\)")
                  .doesNotContainPattern("(?m)^\\t(ldr|str)\\tq.*\\[sp"));
    }
  }

  private static boolean isStep(Pattern instruction, String block, int accumulators) {
    long count = instruction.matcher(block).results().count();
    // Only a product spreads an element of x over a vector for each of its rows.
    long spread = SPREAD.matcher(block).results().count();
    return spread >= 6 && count > 0 && count % accumulators == 0;
  }

  private static Pattern instruction(CpuTarget target) {
    boolean arm = target.level() == CpuLevel.AARCH64;
    return Pattern.compile(
        switch (DotProduct.of(target)) {
          case FLOAT32 -> arm ? "\\tfmla\\t" : "\\tvfmadd\\d+ps\\t";
          case BF16 -> "\\tvdpbf16ps\\t";
          case BYTES -> "\\tvpdpbusd\\t";
          case SHORTS -> "\\tvpmaddwd\\t";
        });
  }

  @ParameterizedTest
  @MethodSource("targets")
  void kernels_transcendentalFunctions_callNoLibrary(CpuTarget target) {
    assertThat(assembly(target))
        .doesNotContainPattern("\\b(expf|erff|tanhf|exp2f|sqrtf|nearbyintf)\\b");
  }

  @ParameterizedTest
  @MethodSource("targets")
  void vectors_wholeRegisters_areUsed(CpuTarget target) {
    String register =
        switch (target.level().vectorLanes()) {
          case 16 -> "%zmm";
          case 8 -> "%ymm";
          default -> ".4s";
        };
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
    try (var scope = ReferenceScope.open()) {
      return KernelSet.of(CONFIG, target).compile(scope).assembly();
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
