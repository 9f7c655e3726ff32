package dev.offramp.server.experiment.state;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

class H2StateTest extends StateContract {

  @TempDir private Path directory;

  @Override
  StateSettings settings() {
    return StateSettings.of(directory, Optional.empty());
  }
}
