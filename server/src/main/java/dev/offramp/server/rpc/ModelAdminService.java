package dev.offramp.server.rpc;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.offramp.server.registry.Catalog;
import dev.offramp.server.registry.ModelRegistry;
import dev.offramp.server.registry.ModelRoots;
import dev.offramp.server.registry.ServedModel;
import dev.offramp.v1.ListModelStatesRequest;
import dev.offramp.v1.ListModelStatesResponse;
import dev.offramp.v1.LoadModelRequest;
import dev.offramp.v1.LoadModelResponse;
import dev.offramp.v1.ModelAdminServiceGrpc;
import dev.offramp.v1.ModelState;
import dev.offramp.v1.RemoveLabelRequest;
import dev.offramp.v1.RemoveLabelResponse;
import dev.offramp.v1.ServingState;
import dev.offramp.v1.SetLabelRequest;
import dev.offramp.v1.SetLabelResponse;
import dev.offramp.v1.UnloadModelRequest;
import dev.offramp.v1.UnloadModelResponse;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * {@code offramp.v1.ModelAdminService}.
 *
 * <p>Threading: loads run one after another on a thread of their own, for they read and check whole
 * files, which would keep a carrier from all other calls; all else runs on the executor of {@link
 * CallExecutors}. Ownership: {@link #close} ends that thread, after the registry was closed.
 */
public final class ModelAdminService {

  private static final int WAITING_LOADS = 16;

  private final ModelRegistry registry;
  private final ModelRoots roots;
  private final ThreadPoolExecutor loads =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(WAITING_LOADS),
          Thread.ofPlatform().name("offramp-load").daemon().factory());

  /** A service over a registry, which loads what lies below these roots. */
  public ModelAdminService(ModelRegistry registry, ModelRoots roots) {
    this.registry = registry;
    this.roots = roots;
  }

  /** The service as gRPC binds it: its own descriptor, requests read by {@link Incoming}. */
  public ServerServiceDefinition bind() {
    List<ServerMethodDefinition<?, ?>> methods =
        List.of(
            method(
                ModelAdminServiceGrpc.getLoadModelMethod(),
                LoadModelRequest.parser(),
                loads,
                this::load),
            method(
                ModelAdminServiceGrpc.getUnloadModelMethod(),
                UnloadModelRequest.parser(),
                Runnable::run,
                this::unload),
            method(
                ModelAdminServiceGrpc.getSetLabelMethod(),
                SetLabelRequest.parser(),
                Runnable::run,
                this::setLabel),
            method(
                ModelAdminServiceGrpc.getRemoveLabelMethod(),
                RemoveLabelRequest.parser(),
                Runnable::run,
                this::removeLabel),
            method(
                ModelAdminServiceGrpc.getListModelStatesMethod(),
                ListModelStatesRequest.parser(),
                Runnable::run,
                this::list));
    return Unary.service(ModelAdminServiceGrpc.getServiceDescriptor(), methods);
  }

  private static <Q extends MessageLite, A> ServerMethodDefinition<Incoming<Q>, A> method(
      MethodDescriptor<Q, A> generated,
      Parser<Q> parser,
      Executor executor,
      Function<Q, A> handler) {
    return Unary.method(generated, parser, executor, "loads", handler);
  }

  private LoadModelResponse load(LoadModelRequest request) {
    ServedModel model = registry.load(roots.resolve(request.getPath()), request.getLabel());
    return LoadModelResponse.newBuilder().setModel(serving(registry.catalog(), model)).build();
  }

  private UnloadModelResponse unload(UnloadModelRequest request) {
    roots.requireAny();
    registry.retire(
        Unary.required("name", request.getName()),
        Unary.required("version", request.getVersion()),
        request.getForce());
    return UnloadModelResponse.getDefaultInstance();
  }

  private SetLabelResponse setLabel(SetLabelRequest request) {
    roots.requireAny();
    ServedModel model =
        registry.label(
            Unary.required("name", request.getName()),
            Unary.required("version", request.getVersion()),
            request.getLabel());
    return SetLabelResponse.newBuilder().setModel(serving(registry.catalog(), model)).build();
  }

  private RemoveLabelResponse removeLabel(RemoveLabelRequest request) {
    roots.requireAny();
    registry.unlabel(
        Unary.required("name", request.getName()), Unary.required("label", request.getLabel()));
    return RemoveLabelResponse.getDefaultInstance();
  }

  private ListModelStatesResponse list(ListModelStatesRequest request) {
    Catalog catalog = registry.catalog();
    var response = ListModelStatesResponse.newBuilder();
    catalog.byName().forEach(model -> response.addModels(serving(catalog, model)));
    registry
        .leaving()
        .forEach(
            model -> response.addModels(state(model).setState(ServingState.SERVING_STATE_LEAVING)));
    return response.build();
  }

  private static ModelState serving(Catalog catalog, ServedModel model) {
    return state(model)
        .setState(ServingState.SERVING_STATE_SERVING)
        .addAllVersionLabels(catalog.labelsOf(model))
        .setIsDefault(catalog.isDefault(model))
        .build();
  }

  private static ModelState.Builder state(ServedModel model) {
    return ModelState.newBuilder()
        .setName(model.name())
        .setVersion(model.version())
        .setPath(model.directory().toString())
        .setTarget(model.target().target().id());
  }

  /** Takes no more loads, and waits for those that it has; after the limit they are left behind. */
  public void close(Duration limit) {
    Ending.await(loads, "The load of a model", limit);
  }
}
