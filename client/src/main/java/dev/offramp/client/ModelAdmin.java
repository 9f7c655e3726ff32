package dev.offramp.client;

import dev.offramp.v1.ListModelStatesRequest;
import dev.offramp.v1.LoadModelRequest;
import dev.offramp.v1.ModelAdminServiceGrpc;
import dev.offramp.v1.RemoveLabelRequest;
import dev.offramp.v1.SetLabelRequest;
import dev.offramp.v1.UnloadModelRequest;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.List;

/**
 * A connection to one server that changes which versions of models it serves, and which labels
 * point at them. Each change is atomic to those who classify, and one that is refused changes
 * nothing; after a {@link DeadlineExceededException} or an {@link UnavailableException} it may have
 * been made.
 *
 * <p>It is for one server: where a target has several addresses, only one of them would change.
 *
 * <p>Threading: safe for use by any number of threads. Ownership: {@link #close()} ends the
 * connection; one made by {@link #over} leaves its channel open. Errors: every failed call throws a
 * subclass of {@link OfframpException}.
 */
public final class ModelAdmin implements AutoCloseable {

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /** Loading reads and checks whole files, and waits for the loads before it. */
  private static final Duration LOAD_DEADLINE = Duration.ofMinutes(10);

  private final Connection connection;

  private ModelAdmin(Connection connection) {
    this.connection = connection;
  }

  /**
   * Connects without encryption.
   *
   * @param target {@code host:port}
   * @throws IllegalArgumentException if the target is none that gRPC resolves
   */
  public static ModelAdmin connect(String target) {
    return new ModelAdmin(Connection.to(target));
  }

  /** Uses a channel that the caller configured and will shut down. */
  public static ModelAdmin over(Channel channel) {
    return new ModelAdmin(Connection.over(channel));
  }

  /** Lists all versions, by name and loading order; those that are leaving come last. */
  public List<ModelVersion> list() {
    return call(
            ModelAdminServiceGrpc.getListModelStatesMethod(),
            ListModelStatesRequest.getDefaultInstance(),
            DEADLINE)
        .getModelsList()
        .stream()
        .map(ModelVersion::of)
        .toList();
  }

  /**
   * Loads an artifact and serves it once it is warm; waits for that.
   *
   * @param path on the server's machine: absolute, or relative to one of its roots
   * @param label to point at it from its first moment on; empty for none
   */
  public ModelVersion load(String path, String label) {
    return ModelVersion.of(
        call(
                ModelAdminServiceGrpc.getLoadModelMethod(),
                LoadModelRequest.newBuilder().setPath(path).setLabel(label).build(),
                LOAD_DEADLINE)
            .getModel());
  }

  /**
   * Stops serving a version; requests on their way through it end there.
   *
   * @param version a version, or {@code @} and a label
   * @param force whether to go on where labels point at it, which then go too
   */
  public void unload(String name, String version, boolean force) {
    var _ =
        call(
            ModelAdminServiceGrpc.getUnloadModelMethod(),
            UnloadModelRequest.newBuilder()
                .setName(name)
                .setVersion(version)
                .setForce(force)
                .build(),
            DEADLINE);
  }

  /**
   * Points a label at a version.
   *
   * @param version a version; or {@code @} and a label, to point where that one points
   */
  public ModelVersion label(String name, String version, String label) {
    return ModelVersion.of(
        call(
                ModelAdminServiceGrpc.getSetLabelMethod(),
                SetLabelRequest.newBuilder()
                    .setName(name)
                    .setVersion(version)
                    .setLabel(label)
                    .build(),
                DEADLINE)
            .getModel());
  }

  /** Removes a label; its version stays. */
  public void unlabel(String name, String label) {
    var _ =
        call(
            ModelAdminServiceGrpc.getRemoveLabelMethod(),
            RemoveLabelRequest.newBuilder().setName(name).setLabel(label).build(),
            DEADLINE);
  }

  private <Q, A> A call(MethodDescriptor<Q, A> method, Q request, Duration deadline) {
    return connection.call(method, request, deadline);
  }

  /** Ends the connection, and calls that are still under way. */
  @Override
  public void close() {
    connection.close();
  }
}
