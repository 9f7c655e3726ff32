package dev.offramp.compiler.tune;

import dev.offramp.compiler.kernel.AttentionSchedule;
import dev.offramp.compiler.kernel.Schedule;
import dev.offramp.compiler.target.CpuTarget;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Schedules of attention: tiles of queries by keys, and of queries by values. */
final class AttentionSpace extends Space {
  private final int size;
  private final int lanes;
  private final int registers;

  /**
   * The space of attention.
   *
   * @param size width of a head
   * @param lanes of its vectors
   */
  AttentionSpace(CpuTarget target, int size, int lanes) {
    super(
        List.of(
            IntStream.rangeClosed(2, 14).boxed().toList(),
            List.of(1, 2, 3, 4),
            List.of(1, 2, 3, 4)));
    this.size = size;
    this.lanes = lanes;
    this.registers = target.level().vectorRegisters();
  }

  @Override
  Optional<Schedule> schedule(int[] values) {
    int queries = values[0];
    int keys = values[1];
    int sums = values[2];
    boolean fits =
        queries * keys + keys + 1 <= registers
            && queries * sums + sums + 1 <= registers
            && size % (sums * lanes) == 0;
    return fits ? Optional.of(new AttentionSchedule(lanes, queries, keys, sums)) : Optional.empty();
  }

  @Override
  int[] values(Schedule schedule) {
    var attention = (AttentionSchedule) schedule;
    return new int[] {attention.queries(), attention.keyVectors(), attention.valueVectors()};
  }
}
