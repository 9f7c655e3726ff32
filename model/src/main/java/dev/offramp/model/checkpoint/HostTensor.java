package dev.offramp.model.checkpoint;

import java.util.List;

/** A tensor on the heap, of elements of four bytes. */
public sealed interface HostTensor permits Tensor, Words {
  /** The extents, outermost first. */
  List<Integer> shape();
}
