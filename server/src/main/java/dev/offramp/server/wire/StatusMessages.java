package dev.offramp.server.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import dev.offramp.server.experiment.ArmStates;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.v1.ExperimentStatusOrBuilder;
import dev.offramp.v1.ListExperimentsResponse;
import java.util.List;

/** Experiments as they stand, on the wire, and as the JSON of the wire that is kept in a file. */
public final class StatusMessages {

  /** The message of a state. */
  public static dev.offramp.v1.ExperimentState write(ExperimentState state) {
    return switch (state) {
      case DRAFT -> dev.offramp.v1.ExperimentState.EXPERIMENT_STATE_DRAFT;
      case RUNNING -> dev.offramp.v1.ExperimentState.EXPERIMENT_STATE_RUNNING;
      case PAUSED -> dev.offramp.v1.ExperimentState.EXPERIMENT_STATE_PAUSED;
      case STOPPED -> dev.offramp.v1.ExperimentState.EXPERIMENT_STATE_STOPPED;
      case PROMOTED -> dev.offramp.v1.ExperimentState.EXPERIMENT_STATE_PROMOTED;
    };
  }

  /** The message of an experiment as it stands. */
  public static dev.offramp.v1.ExperimentStatus write(ExperimentStatus status) {
    return dev.offramp.v1.ExperimentStatus.newBuilder()
        .setExperiment(ExperimentMessages.write(status.experiment()))
        .setState(write(status.state()))
        .setVersion(status.version())
        .setPromotedArm(status.promotedArm())
        .setCreated(Times.write(status.created()))
        .setChanged(Times.write(status.changed()))
        .addAllStoppedArms(status.arms().stopped())
        .putAllArmVersions(status.arms().versions())
        .build();
  }

  /** What became of arms, as text. */
  public static String toJson(ArmStates arms) {
    return print(
        dev.offramp.v1.ExperimentStatus.newBuilder()
            .addAllStoppedArms(arms.stopped())
            .putAllArmVersions(arms.versions()));
  }

  /**
   * What {@link #toJson(ArmStates)} wrote.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public static ArmStates armsOfJson(String json) {
    var message = dev.offramp.v1.ExperimentStatus.newBuilder();
    merge(json, message);
    return arms(message);
  }

  private static ArmStates arms(ExperimentStatusOrBuilder message) {
    return new ArmStates(message.getStoppedArmsList(), message.getArmVersionsMap());
  }

  /** The message of all. */
  public static ListExperimentsResponse write(List<ExperimentStatus> all) {
    var response = ListExperimentsResponse.newBuilder();
    all.forEach(status -> response.addExperiments(write(status)));
    return response.build();
  }

  /** All, as text. */
  public static String toJson(List<ExperimentStatus> all) {
    return print(write(all)) + "\n";
  }

  private static String print(MessageOrBuilder message) {
    try {
      return JsonFormat.printer().print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e); // Only of messages within Any.
    }
  }

  /**
   * What {@link #toJson} wrote.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public static List<ExperimentStatus> ofJson(String json) {
    var response = ListExperimentsResponse.newBuilder();
    merge(json, response);
    return response.getExperimentsList().stream().map(StatusMessages::read).toList();
  }

  private static void merge(String json, Message.Builder message) {
    try {
      JsonFormat.parser().ignoringUnknownFields().merge(json, message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static ExperimentStatus read(dev.offramp.v1.ExperimentStatus message) {
    return new ExperimentStatus(
        ExperimentMessages.read(message.getExperiment()),
        switch (message.getState()) {
          case EXPERIMENT_STATE_DRAFT -> ExperimentState.DRAFT;
          case EXPERIMENT_STATE_RUNNING -> ExperimentState.RUNNING;
          case EXPERIMENT_STATE_PAUSED -> ExperimentState.PAUSED;
          case EXPERIMENT_STATE_STOPPED -> ExperimentState.STOPPED;
          case EXPERIMENT_STATE_PROMOTED -> ExperimentState.PROMOTED;
          case EXPERIMENT_STATE_UNSPECIFIED, UNRECOGNIZED ->
              throw new IllegalArgumentException("state: unknown (expected: a known one)");
        },
        message.getVersion(),
        message.getPromotedArm(),
        arms(message),
        Times.read(message.getCreated()),
        Times.read(message.getChanged()));
  }

  private StatusMessages() {}
}
