package dev.offramp.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FileFailureTest {
  private static final Path FILE = Path.of("mine/state.bin");

  @Test
  void reason_anyFailure_namesAFileAndWhy() {
    assertThat(FileFailure.reason(FILE, new AccessDeniedException("mine")))
        .isEqualTo("mine: permission denied");
    assertThat(FileFailure.reason(FILE, new NoSuchFileException("mine")))
        .isEqualTo("mine: no such file or directory");
    assertThat(FileFailure.reason(FILE, new FileSystemException("mine", null, "Not a directory")))
        .isEqualTo("mine: Not a directory");
    assertThat(FileFailure.reason(FILE, new IOException("No space left on device")))
        .isEqualTo("mine/state.bin: No space left on device");
  }
}
