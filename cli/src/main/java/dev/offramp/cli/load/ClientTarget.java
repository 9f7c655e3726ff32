package dev.offramp.cli.load;

import dev.offramp.client.Answer;
import dev.offramp.client.CallCancelledException;
import dev.offramp.client.DeadlineExceededException;
import dev.offramp.client.InvalidRequestException;
import dev.offramp.client.NotFoundException;
import dev.offramp.client.OfframpClient;
import dev.offramp.client.OverloadedException;
import dev.offramp.client.Query;
import dev.offramp.client.ServerErrorException;
import dev.offramp.client.UnavailableException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Servers behind clients, which take turns: several clients of one server are several connections.
 *
 * <p>Ownership: the clients stay the caller's.
 */
public final class ClientTarget implements LoadTarget {
  private final List<OfframpClient> clients;
  private int next;

  /** Sends to these, at least one. */
  public ClientTarget(List<OfframpClient> clients) {
    this.clients = List.copyOf(clients);
    if (clients.isEmpty()) {
      throw new IllegalArgumentException("clients: none (expected: at least one)");
    }
  }

  @Override
  public void send(Query query, Consumer<Reply> done) {
    OfframpClient client = clients.get(next);
    next = (next + 1) % clients.size();
    var _ =
        client
            .classifyAsync(query)
            .whenComplete(
                (answer, failure) -> done.accept(failure == null ? reply(answer) : reply(failure)));
  }

  private static Reply reply(Answer answer) {
    return Reply.answered(
        answer.exitDepth(),
        answer.layers(),
        answer.cached(),
        answer.exitReason() == Answer.ExitReason.DEADLINE);
  }

  private static Reply reply(Throwable failure) {
    Outcome outcome =
        switch (failure) {
          case OverloadedException _ -> Outcome.REJECTED;
          case DeadlineExceededException _ -> Outcome.DEADLINE_EXCEEDED;
          case UnavailableException _ -> Outcome.UNAVAILABLE;
          case InvalidRequestException _ -> Outcome.INVALID;
          case NotFoundException _ -> Outcome.NOT_FOUND;
          case ServerErrorException _ -> Outcome.SERVER_ERROR;
          case CallCancelledException _ -> Outcome.CANCELLED;
          default -> Outcome.OTHER;
        };
    return Reply.failed(outcome, String.valueOf(failure.getMessage()));
  }
}
