package dev.offramp.model.artifact;

import dev.offramp.model.io.RelativePath;
import java.util.List;

/**
 * A machine kind and precision that an artifact holds kernels for.
 *
 * @param id the target's name, {@code <cpu level>-<precision>}
 * @param device where it runs
 * @param triple the LLVM triple the kernels were compiled for
 * @param cpu the LLVM CPU name
 * @param requires CPU features that the host must have, as {@code /proc/cpuinfo} names them
 * @param precision what products multiply
 * @param kernels the shared library, relative to the artifact
 * @param weights the packed weights, relative to the artifact; targets may share them
 * @param rowTile the most rows that a kernel computes at a time: buffers have {@code rowTile - 1}
 *     rows beyond a batch
 * @param tvmVersion the TVM that compiled the kernels
 */
public record TargetEntry(
    String id,
    Device device,
    String triple,
    String cpu,
    List<String> requires,
    Precision precision,
    String kernels,
    String weights,
    int rowTile,
    String tvmVersion) {
  /** Checks the id, the paths and the tile, and copies the features. */
  public TargetEntry {
    if (id.isBlank()) {
      throw new IllegalArgumentException("id of a target: empty (expected: its name)");
    }
    RelativePath.requireInside(kernels);
    RelativePath.requireInside(weights);
    requires = List.copyOf(requires);
    if (rowTile < 1) {
      throw new IllegalArgumentException("rowTile: " + rowTile + " (expected: >= 1)");
    }
  }
}
