package dev.offramp.client;

import dev.offramp.v1.AnalyzeExperimentRequest;
import dev.offramp.v1.AnalyzeExperimentResponse;
import dev.offramp.v1.ApplyExperimentRequest;
import dev.offramp.v1.ApplyExperimentResponse;
import dev.offramp.v1.AuditEntry;
import dev.offramp.v1.ChangeRequest;
import dev.offramp.v1.ChangeResponse;
import dev.offramp.v1.Experiment;
import dev.offramp.v1.ExperimentServiceGrpc;
import dev.offramp.v1.ExperimentStatus;
import dev.offramp.v1.GetExperimentRequest;
import dev.offramp.v1.GetExperimentResponse;
import dev.offramp.v1.ListAuditLogRequest;
import dev.offramp.v1.ListExperimentsRequest;
import dev.offramp.v1.PromoteArmRequest;
import dev.offramp.v1.SetCoverageRequest;
import dev.offramp.v1.StopArmRequest;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.List;

/**
 * A connection to one server that defines experiments and moves them through their lives. Servers
 * that share a database share their experiments, so any of them will do.
 *
 * <p>Definitions and counts are the protocol's own messages: a definition is a document that people
 * write and keep.
 *
 * <p>Threading: safe for use by any number of threads. Ownership: {@link #close()} ends the
 * connection; one made by {@link #over} leaves its channel open. Errors: every failed call throws a
 * subclass of {@link OfframpException}, and changed nothing, {@link UnavailableException} and
 * {@link DeadlineExceededException} aside: then whether it did is unknown.
 */
public final class ExperimentAdmin implements AutoCloseable {

  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final Connection connection;

  private ExperimentAdmin(Connection connection) {
    this.connection = connection;
  }

  /**
   * Who changes an experiment, and why, as its log will say.
   *
   * @param expectedVersion the version that is to be changed; 0 for any
   */
  public record Cause(String who, String why, long expectedVersion) {
    /** Whatever the version. */
    public Cause(String who, String why) {
      this(who, why, 0);
    }
  }

  /**
   * Connects without encryption.
   *
   * @param target {@code host:port}
   * @throws IllegalArgumentException if the target is none that gRPC resolves
   */
  public static ExperimentAdmin connect(String target) {
    return new ExperimentAdmin(Connection.to(target));
  }

  /** Uses a channel that the caller configured and will shut down. */
  public static ExperimentAdmin over(Channel channel) {
    return new ExperimentAdmin(Connection.over(channel));
  }

  /**
   * Makes a draft of a definition, or changes the experiment of that name to it.
   *
   * @param dryRun whether to change nothing and say what would be
   */
  public ApplyExperimentResponse apply(Experiment definition, Cause cause, boolean dryRun) {
    return call(
        ExperimentServiceGrpc.getApplyExperimentMethod(),
        ApplyExperimentRequest.newBuilder()
            .setExperiment(definition)
            .setExpectedVersion(cause.expectedVersion())
            .setWho(cause.who())
            .setWhy(cause.why())
            .setDryRun(dryRun)
            .build());
  }

  /** One experiment with its counts. */
  public GetExperimentResponse get(String name) {
    return call(
        ExperimentServiceGrpc.getGetExperimentMethod(),
        GetExperimentRequest.newBuilder().setName(name).build());
  }

  /** What the counts of one experiment say: intervals that hold at every look, and verdicts. */
  public AnalyzeExperimentResponse analyze(String name) {
    return call(
        ExperimentServiceGrpc.getAnalyzeExperimentMethod(),
        AnalyzeExperimentRequest.newBuilder().setName(name).build());
  }

  /** All experiments, by name. */
  public List<ExperimentStatus> list() {
    return call(
            ExperimentServiceGrpc.getListExperimentsMethod(),
            ListExperimentsRequest.getDefaultInstance())
        .getExperimentsList();
  }

  /** Lets a draft, or one that rests, run. */
  public ExperimentStatus start(String name, Cause cause) {
    return change(ExperimentServiceGrpc.getStartExperimentMethod(), name, cause);
  }

  /** Lets it rest: requests are answered as asked. */
  public ExperimentStatus pause(String name, Cause cause) {
    return change(ExperimentServiceGrpc.getPauseExperimentMethod(), name, cause);
  }

  /** Ends it. */
  public ExperimentStatus stop(String name, Cause cause) {
    return change(ExperimentServiceGrpc.getStopExperimentMethod(), name, cause);
  }

  /** Ends it at once, whatever its version and state. */
  public ExperimentStatus kill(String name, Cause cause) {
    return change(ExperimentServiceGrpc.getKillExperimentMethod(), name, cause);
  }

  /** Ends it with a winner, which is applied from then on. */
  public ExperimentStatus promote(String name, String arm, Cause cause) {
    return call(
            ExperimentServiceGrpc.getPromoteArmMethod(),
            PromoteArmRequest.newBuilder().setChange(request(name, cause)).setArm(arm).build())
        .getStatus();
  }

  /** Ends one of its arms; the others go on, and with the last one to compare it ends. */
  public ExperimentStatus stopArm(String name, String arm, Cause cause) {
    return call(
            ExperimentServiceGrpc.getStopArmMethod(),
            StopArmRequest.newBuilder().setChange(request(name, cause)).setArm(arm).build())
        .getStatus();
  }

  /**
   * Lets in more or fewer units.
   *
   * @param coverage within 0 to 1
   */
  public ExperimentStatus setCoverage(String name, double coverage, Cause cause) {
    return call(
            ExperimentServiceGrpc.getSetCoverageMethod(),
            SetCoverageRequest.newBuilder()
                .setChange(request(name, cause))
                .setCoverage(coverage)
                .build())
        .getStatus();
  }

  /**
   * The last changes, the newest first.
   *
   * @param name of one experiment; empty for all
   */
  public List<AuditEntry> log(String name, int limit) {
    return call(
            ExperimentServiceGrpc.getListAuditLogMethod(),
            ListAuditLogRequest.newBuilder().setName(name).setLimit(limit).build())
        .getEntriesList();
  }

  private ExperimentStatus change(
      MethodDescriptor<ChangeRequest, ChangeResponse> method, String name, Cause cause) {
    return call(method, request(name, cause)).getStatus();
  }

  private static ChangeRequest request(String name, Cause cause) {
    return ChangeRequest.newBuilder()
        .setName(name)
        .setExpectedVersion(cause.expectedVersion())
        .setWho(cause.who())
        .setWhy(cause.why())
        .build();
  }

  private <Q, A> A call(MethodDescriptor<Q, A> method, Q request) {
    return connection.call(method, request, DEADLINE);
  }

  /** Ends the connection, and calls that are still under way. */
  @Override
  public void close() {
    connection.close();
  }
}
