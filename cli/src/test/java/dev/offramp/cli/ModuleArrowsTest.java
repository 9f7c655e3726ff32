package dev.offramp.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Holds the arrows between the modules that ARCHITECTURE.md draws. */
final class ModuleArrowsTest {
  /** What each module may stand on, itself aside. */
  private static final Map<String, List<String>> ALLOWED =
      Map.of(
          "v1", List.of(),
          "assignment", List.of(),
          "model", List.of(),
          "trainer", List.of("model"),
          "compiler", List.of("model"),
          "client", List.of("v1", "assignment"),
          "server", List.of("v1", "assignment", "model"),
          "cli", List.of("v1", "assignment", "model", "trainer", "compiler", "client", "server"));

  static final List<String> MODULES = ALLOWED.keySet().stream().sorted().toList();

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.offramp");

  @ParameterizedTest
  @FieldSource("MODULES")
  void module_standsOnlyOnWhatItMay(String module) {
    var forbidden = new ArrayList<>(MODULES);
    forbidden.add("bench");
    forbidden.remove(module);
    forbidden.removeAll(ALLOWED.getOrDefault(module, List.of()));
    noClasses()
        .that()
        .resideInAPackage("dev.offramp." + module + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            forbidden.stream().map(name -> "dev.offramp." + name + "..").toArray(String[]::new))
        .check(CLASSES);
  }

  @Test
  void packages_haveNoCycles() {
    slices().matching("dev.offramp.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void classes_ofEveryModuleWereRead() {
    for (String module : MODULES) {
      assertThat(
              CLASSES.stream()
                  .anyMatch(c -> c.getPackageName().startsWith("dev.offramp." + module)))
          .as(module)
          .isTrue();
    }
  }

  @Test
  void server_carriesNoCompilerAndNoPyTorch() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.offramp.server..", "dev.offramp.model..", "dev.offramp.v1..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("ai.djl.pytorch..", "org.bytedeco.llvm..")
        .check(CLASSES);
  }

  @Test
  void model_knowsNeitherTvmNorPyTorchNorGrpc() {
    noClasses()
        .that()
        .resideInAPackage("dev.offramp.model..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.tvm..", "org.bytedeco..", "ai.djl.pytorch..", "io.grpc..")
        .check(CLASSES);
  }
}
