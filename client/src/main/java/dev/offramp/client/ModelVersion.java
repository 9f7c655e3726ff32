package dev.offramp.client;

import dev.offramp.v1.ModelState;
import java.util.List;

/**
 * One loading of a version of a model on a server.
 *
 * @param labels those that point at it, such as {@code stable}
 * @param isDefault whether requests that name no version go here
 * @param state what becomes of requests for it
 * @param path where its artifact lay when it was loaded, on the server's machine
 * @param target the id of the compiled code that runs
 */
public record ModelVersion(
    String name,
    String version,
    List<String> labels,
    boolean isDefault,
    State state,
    String path,
    String target) {

  /** What becomes of requests for a version. */
  public enum State {
    /** They are answered. */
    SERVING,
    /** New ones go elsewhere; those on their way end here, then it is freed. */
    LEAVING,
    /** Something that this client does not know. */
    OTHER
  }

  public ModelVersion {
    labels = List.copyOf(labels);
  }

  static ModelVersion of(ModelState message) {
    return new ModelVersion(
        message.getName(),
        message.getVersion(),
        message.getVersionLabelsList(),
        message.getIsDefault(),
        switch (message.getState()) {
          case SERVING_STATE_SERVING -> State.SERVING;
          case SERVING_STATE_LEAVING -> State.LEAVING;
          case SERVING_STATE_UNSPECIFIED, UNRECOGNIZED -> State.OTHER;
        },
        message.getPath(),
        message.getTarget());
  }
}
