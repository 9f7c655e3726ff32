package dev.offramp.server.rpc;

import dev.offramp.server.experiment.ramp.RampProgress;
import dev.offramp.server.wire.Times;
import dev.offramp.v1.RampState;

/** How far ramp plans are, on the wire. */
final class RampMessages {

  static dev.offramp.v1.RampProgress write(RampProgress progress) {
    var message =
        dev.offramp.v1.RampProgress.newBuilder()
            .setState(
                switch (progress.state()) {
                  case WAITING -> RampState.RAMP_STATE_WAITING;
                  case HELD -> RampState.RAMP_STATE_HELD;
                  case DUE -> RampState.RAMP_STATE_DUE;
                  case SUSPENDED -> RampState.RAMP_STATE_SUSPENDED;
                  case DONE -> RampState.RAMP_STATE_DONE;
                })
            .setDwelled(Times.write(progress.dwelled()))
            .setReason(progress.reason());
    progress.next().ifPresent(message::setNextCoverage);
    return message.build();
  }

  private RampMessages() {}
}
