package dev.offramp.trainer;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.FloatBuffer;

/**
 * The PyTorch engine as this module uses it: on the CPU, offline, and silent towards the outside.
 *
 * <p>The first use unpacks libtorch from its jar into DJL's cache directory and loads it.
 */
public final class PyTorch {
  private PyTorch() {}

  /**
   * Creates the owner of a family of native arrays.
   *
   * <p>Ownership: the caller closes it, and with it every array that hangs from it.
   */
  public static NDManager newManager() {
    return engine().newBaseManager();
  }

  /**
   * A vector of values in memory that PyTorch itself allocates.
   *
   * <p>An array made straight from Java's memory lies wherever that did, and a product's last bits
   * depend on how its operands are aligned: the same values would not give the same results twice.
   */
  static NDArray vector(NDManager manager, float[] values) {
    try (NDArray unaligned = manager.create(values)) {
      return unaligned.duplicate();
    }
  }

  /**
   * The memory of a vector of floats, to read and write without PyTorch.
   *
   * <p>Ownership: of no use once the vector is closed, and not to be touched from then on.
   */
  static FloatBuffer view(NDArray vector) {
    return vector.toByteBuffer(true).asFloatBuffer();
  }

  /**
   * Sets how many threads PyTorch's operations on this thread may use, and those on threads whose
   * first parallel operation is yet to come.
   */
  static void threads(int count) {
    engine();
    // To ask makes a thread known. One that is not takes the number that was set last, anywhere,
    // at its first parallel operation.
    var _ = JniUtils.getNumThreads();
    JniUtils.setNumThreads(count);
  }

  /** Makes this thread's operations keep what gradients need. */
  static void keepGraphs() {
    engine();
    JniUtils.setGradMode(true);
  }

  /**
   * Goes back through the graph that outputs came of, on this thread, from a gradient by them.
   *
   * @param gradient of the outputs' shape
   */
  static void backward(NDArray outputs, NDArray gradient) {
    JniUtils.backward((PtNDArray) outputs, (PtNDArray) gradient, false, false);
  }

  private static Engine engine() {
    return Holder.ENGINE;
  }

  /** Loads the engine on first use, once. */
  private static final class Holder {
    static final Engine ENGINE = load();

    private static Engine load() {
      // DJL looks for updates and reports its use unless told not to, before the engine loads.
      setUnlessSet("OPT_OUT_TRACKING", "true");
      setUnlessSet("ai.djl.offline", "true");
      // Tracing JIT graphs for profile-guided fusion only concerns TorchScript models; there are
      // none.
      setUnlessSet("ai.djl.pytorch.graph_optimizer", "false");
      return Engine.getEngine("PyTorch");
    }

    private static void setUnlessSet(String property, String value) {
      if (System.getProperty(property) == null) {
        System.setProperty(property, value);
      }
    }
  }
}
