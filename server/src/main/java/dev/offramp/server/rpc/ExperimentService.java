package dev.offramp.server.rpc;

import dev.offramp.server.experiment.Change;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.ExperimentStatus;
import dev.offramp.server.experiment.Outcome;
import dev.offramp.server.experiment.UnitKind;
import dev.offramp.server.experiment.live.Edits;
import dev.offramp.server.experiment.live.Experiments;
import dev.offramp.server.experiment.state.Totals;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.wire.ExperimentMessages;
import dev.offramp.server.wire.StatusMessages;
import dev.offramp.server.wire.Times;
import dev.offramp.v1.AnalyzeExperimentRequest;
import dev.offramp.v1.AnalyzeExperimentResponse;
import dev.offramp.v1.ApplyExperimentRequest;
import dev.offramp.v1.ApplyExperimentResponse;
import dev.offramp.v1.ApplyOutcome;
import dev.offramp.v1.ChangeRequest;
import dev.offramp.v1.ChangeResponse;
import dev.offramp.v1.ExperimentServiceGrpc;
import dev.offramp.v1.GetExperimentRequest;
import dev.offramp.v1.GetExperimentResponse;
import dev.offramp.v1.ListAuditLogRequest;
import dev.offramp.v1.ListAuditLogResponse;
import dev.offramp.v1.ListExperimentsRequest;
import dev.offramp.v1.ListExperimentsResponse;
import dev.offramp.v1.PromoteArmRequest;
import dev.offramp.v1.ReportOutcomeRequest;
import dev.offramp.v1.ReportOutcomeResponse;
import dev.offramp.v1.SetCoverageRequest;
import dev.offramp.v1.StopArmRequest;
import io.grpc.ServerServiceDefinition;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * {@code offramp.v1.ExperimentService}.
 *
 * <p>Threading: handlers run on the server's executor and wait for the database there.
 */
public final class ExperimentService {

  private static final double DEFAULT_ALPHA = 0.05;

  /** It is divided among arms, metrics and looks. */
  private static final double LEAST_ALPHA = 1e-12;

  private static final int DEFAULT_ENTRIES = 100;
  private static final int MOST_ENTRIES = 10_000;

  private final Optional<Experiments> experiments;
  private final InstantSource clock;

  /**
   * A service over the server's experiments.
   *
   * @param experiments empty where the server keeps no state: then every call is refused
   */
  public ExperimentService(Optional<Experiments> experiments, InstantSource clock) {
    this.experiments = experiments;
    this.clock = clock;
  }

  /** The service as gRPC binds it. */
  public ServerServiceDefinition bind() {
    return Unary.service(
        ExperimentServiceGrpc.getServiceDescriptor(),
        List.of(
            Unary.method(
                ExperimentServiceGrpc.getApplyExperimentMethod(),
                ApplyExperimentRequest.parser(),
                this::apply),
            Unary.method(
                ExperimentServiceGrpc.getGetExperimentMethod(),
                GetExperimentRequest.parser(),
                this::get),
            Unary.method(
                ExperimentServiceGrpc.getAnalyzeExperimentMethod(),
                AnalyzeExperimentRequest.parser(),
                this::analyze),
            Unary.method(
                ExperimentServiceGrpc.getListExperimentsMethod(),
                ListExperimentsRequest.parser(),
                this::list),
            Unary.method(
                ExperimentServiceGrpc.getStartExperimentMethod(),
                ChangeRequest.parser(),
                move("start", ExperimentState.RUNNING)),
            Unary.method(
                ExperimentServiceGrpc.getPauseExperimentMethod(),
                ChangeRequest.parser(),
                move("pause", ExperimentState.PAUSED)),
            Unary.method(
                ExperimentServiceGrpc.getStopExperimentMethod(),
                ChangeRequest.parser(),
                move("stop", ExperimentState.STOPPED)),
            Unary.method(
                ExperimentServiceGrpc.getKillExperimentMethod(),
                ChangeRequest.parser(),
                this::kill),
            Unary.method(
                ExperimentServiceGrpc.getPromoteArmMethod(),
                PromoteArmRequest.parser(),
                this::promote),
            Unary.method(
                ExperimentServiceGrpc.getStopArmMethod(), StopArmRequest.parser(), this::stopArm),
            Unary.method(
                ExperimentServiceGrpc.getSetCoverageMethod(),
                SetCoverageRequest.parser(),
                this::setCoverage),
            Unary.method(
                ExperimentServiceGrpc.getListAuditLogMethod(),
                ListAuditLogRequest.parser(),
                this::log),
            Unary.method(
                ExperimentServiceGrpc.getReportOutcomeMethod(),
                ReportOutcomeRequest.parser(),
                this::report)));
  }

  private Experiments experiments() {
    return experiments.orElseThrow(() ->
        Refusal.precondition(
            "this server keeps no state of experiments (expected: one started with --state)"));
  }

  private ApplyExperimentResponse apply(ApplyExperimentRequest request) {
    Experiment experiment = ExperimentMessages.read(request.getExperiment());
    Change change = change(request.getExpectedVersion(), request.getWho(), request.getWhy());
    Edits.Applied applied =
        experiments()
            .edits()
            .apply(experiment, !request.getExperiment().hasCoverage(), change, request.getDryRun());
    var response =
        ApplyExperimentResponse.newBuilder()
            .setStatus(StatusMessages.write(applied.after()))
            .setOutcome(
                applied.before().isEmpty()
                    ? ApplyOutcome.APPLY_OUTCOME_CREATED
                    : applied.changed()
                        ? ApplyOutcome.APPLY_OUTCOME_CHANGED
                        : ApplyOutcome.APPLY_OUTCOME_UNCHANGED);
    applied.before().ifPresent(before -> response.setBefore(StatusMessages.write(before)));
    return response.build();
  }

  private GetExperimentResponse get(GetExperimentRequest request) {
    ExperimentStatus status = experiments().get(Unary.required("name", request.getName()));
    Totals totals = experiments().totalsSoon(status.experiment());
    var response = CountMessages.write(status, totals);
    experiments()
        .ramp(status, totals)
        .ifPresent(ramp -> response.setRamp(RampMessages.write(ramp)));
    return response.build();
  }

  private AnalyzeExperimentResponse analyze(AnalyzeExperimentRequest request) {
    double alpha = request.hasAlpha() ? request.getAlpha() : DEFAULT_ALPHA;
    if (!(alpha >= LEAST_ALPHA && alpha < 1)) {
      throw Refusal.invalid(
          "alpha: %s (expected: at least %s and below 1)".formatted(alpha, LEAST_ALPHA));
    }
    ExperimentStatus status = experiments().get(Unary.required("name", request.getName()));
    Totals totals = experiments().totalsSoon(status.experiment());
    var response =
        AnalysisMessages.write(
            status, experiments().analyze(status, totals, alpha), alpha, totals.crossed());
    response.addAllWarnings(experiments().warnings(status));
    experiments()
        .ramp(status, totals)
        .ifPresent(ramp -> response.setRamp(RampMessages.write(ramp)));
    return response.build();
  }

  private ListExperimentsResponse list(ListExperimentsRequest request) {
    return StatusMessages.write(experiments().list());
  }

  private Function<ChangeRequest, ChangeResponse> move(String action, ExperimentState to) {
    return request ->
        changed(
            experiments()
                .edits()
                .move(Unary.required("name", request.getName()), action, to, change(request)));
  }

  private ChangeResponse kill(ChangeRequest request) {
    return changed(
        experiments().edits().kill(Unary.required("name", request.getName()), change(request)));
  }

  private ChangeResponse promote(PromoteArmRequest request) {
    return changed(
        experiments()
            .edits()
            .promote(
                Unary.required("name", request.getChange().getName()),
                Unary.required("arm", request.getArm()),
                change(request.getChange())));
  }

  private ChangeResponse stopArm(StopArmRequest request) {
    return changed(
        experiments()
            .edits()
            .stopArm(
                Unary.required("name", request.getChange().getName()),
                Unary.required("arm", request.getArm()),
                change(request.getChange())));
  }

  private ChangeResponse setCoverage(SetCoverageRequest request) {
    return changed(
        experiments()
            .edits()
            .setCoverage(
                Unary.required("name", request.getChange().getName()),
                request.getCoverage(),
                change(request.getChange())));
  }

  private ListAuditLogResponse log(ListAuditLogRequest request) {
    int limit = request.getLimit();
    if (limit < 0 || limit > MOST_ENTRIES) {
      throw Refusal.invalid(
          "limit: %s (expected: at most %d)"
              .formatted(Integer.toUnsignedString(limit), MOST_ENTRIES));
    }
    var response = ListAuditLogResponse.newBuilder();
    experiments()
        .log(request.getName(), limit == 0 ? DEFAULT_ENTRIES : limit)
        .forEach(entry -> response.addEntries(CountMessages.write(entry)));
    return response.build();
  }

  private ReportOutcomeResponse report(ReportOutcomeRequest request) {
    if (!request.hasValue()) {
      throw Refusal.invalid("value: not given (expected: a finite number)");
    }
    Outcome outcome =
        valid(() ->
            new Outcome(
                switch (request.getSubjectCase()) {
                  case UNIT -> UnitKind.UNIT;
                  case REQUEST_ID -> UnitKind.REQUEST;
                  case SUBJECT_NOT_SET ->
                      throw Refusal.invalid("subject: not given (expected: unit or request_id)");
                },
                request.getSubjectCase() == ReportOutcomeRequest.SubjectCase.UNIT
                    ? request.getUnit()
                    : request.getRequestId(),
                request.getName(),
                request.getValue(),
                reportId(request),
                request.hasAt() ? at(request) : clock.instant()));
    experiments().report(outcome);
    return ReportOutcomeResponse.getDefaultInstance();
  }

  /**
   * What tells a report apart that says no id: its time; without that nothing does, so that what is
   * reported of a unit once more, years later, is no repetition.
   */
  private static String reportId(ReportOutcomeRequest request) {
    if (!request.getReportId().isEmpty()) {
      return request.getReportId();
    }
    return request.hasAt()
        ? "at-" + ChronoUnit.MICROS.between(Instant.EPOCH, at(request))
        : UUID.randomUUID().toString();
  }

  private static Instant at(ReportOutcomeRequest request) {
    Instant at = Times.read(request.getAt());
    if (at.isBefore(Instant.EPOCH)) {
      throw new IllegalArgumentException("at: %s (expected: 1970 or later)".formatted(at));
    }
    return at;
  }

  private static Change change(ChangeRequest request) {
    return change(request.getExpectedVersion(), request.getWho(), request.getWhy());
  }

  private static Change change(long expectedVersion, String who, String why) {
    return valid(() -> new Change(expectedVersion, who, why));
  }

  private static <T> T valid(Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
  }

  private static ChangeResponse changed(ExperimentStatus status) {
    return ChangeResponse.newBuilder().setStatus(StatusMessages.write(status)).build();
  }
}
