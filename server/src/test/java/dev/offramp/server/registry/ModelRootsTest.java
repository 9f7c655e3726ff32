package dev.offramp.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.server.refusal.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelRootsTest {

  @TempDir Path temporary;

  private Path root;
  private Path outside;
  private ModelRoots roots;

  @BeforeEach
  void lay() throws IOException {
    temporary = temporary.toRealPath();
    root = Files.createDirectories(temporary.resolve("root"));
    Files.createDirectories(root.resolve("a/weights"));
    outside = Files.createDirectories(temporary.resolve("root-not/b"));
    roots = new ModelRoots(List.of(temporary.resolve("other"), root));
  }

  private void assertRefused(String path, Refusal.Reason reason) {
    assertThatThrownBy(() -> roots.resolve(path))
        .as(path)
        .isInstanceOf(Refusal.class)
        .extracting(e -> ((Refusal) e).reason())
        .isEqualTo(reason);
  }

  @Test
  void resolve_belowARoot_isFoundByBothKindsOfPath() {
    assertThat(roots.resolve("a")).isEqualTo(root.resolve("a"));
    assertThat(roots.resolve(root.resolve("a").toString())).isEqualTo(root.resolve("a"));
    assertThat(roots.resolve("a/../a/./weights")).isEqualTo(root.resolve("a/weights"));
  }

  @Test
  void resolve_outside_isRefusedWhetherOrNotItExists() {
    for (String path :
        List.of(
            "..",
            "../root-not/b",
            "a/../../root-not/b",
            outside.toString(),
            root + "/../root-not/b",
            "/",
            "/no-such",
            "../no-such")) {
      assertRefused(path, Refusal.Reason.INVALID);
    }
    assertRefused("", Refusal.Reason.INVALID);
    assertRefused("a\0b", Refusal.Reason.INVALID);
    assertRefused("no-such", Refusal.Reason.NOT_FOUND);
  }

  @Test
  void resolve_linksThatLeadOutside_areRefused_othersFollowed() throws IOException {
    Files.createSymbolicLink(root.resolve("out"), outside);
    assertRefused("out", Refusal.Reason.INVALID);
    Files.createSymbolicLink(root.resolve("in"), root.resolve("a"));
    assertThat(roots.resolve("in")).isEqualTo(root.resolve("a"));
    Files.writeString(outside.resolve("secret"), "secret");
    Files.createSymbolicLink(root.resolve("a/weights/w"), outside.resolve("secret"));
    assertRefused("a", Refusal.Reason.INVALID);
  }

  @Test
  void resolve_linksThatLeadNowhere_areRefused() throws IOException {
    Files.createSymbolicLink(root.resolve("a/weights/w"), root.resolve("none"));
    assertRefused("a", Refusal.Reason.PRECONDITION);
    Files.createSymbolicLink(root.resolve("dangling"), root.resolve("none"));
    assertRefused("dangling", Refusal.Reason.NOT_FOUND);
  }

  @Test
  void resolve_noRoots_saysHowToAllowIt() {
    assertThatThrownBy(() -> new ModelRoots(List.of()).resolve("a"))
        .hasMessageContaining("--model-root")
        .extracting(e -> ((Refusal) e).reason())
        .isEqualTo(Refusal.Reason.PRECONDITION);
  }
}
