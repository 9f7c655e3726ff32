package dev.offramp.compiler.tune;

import dev.offramp.compiler.kernel.GemmSchedule;
import dev.offramp.compiler.kernel.GemmSchedule.Order;
import dev.offramp.compiler.kernel.Schedule;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.model.artifact.Precision;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Schedules of a product: register tiles that fit the registers, parts of K that divide it, blocks
 * of rows whose words fit a second-level cache.
 */
final class GemmSpace extends Space {
  /** The value that stands for the order with tiles outside; 0 for the other. */
  private static final int TILE_OUTER = 1;

  private static final int LEAST_SUMS = 8;
  private static final int LEAST_DEPTH = 64;
  private static final int MOST_WORDS_BYTES = 2 << 20;

  private final int words;
  private final int outer;
  private final int lanes;
  private final int registers;
  private final boolean converts;

  /**
   * The space of a product.
   *
   * @param words of K
   * @param outer N
   * @param lanes of its vectors, which N decides
   */
  GemmSpace(CpuTarget target, int words, int outer, int lanes) {
    super(
        List.of(
            IntStream.rangeClosed(1, 14).boxed().toList(),
            List.of(1, 2, 3, 4, 5, 6),
            depths(target, words),
            target.precision() == Precision.FLOAT32
                ? List.of(0, 4, 8, 16, 32, 64)
                : List.of(1, 2, 4, 8, 12, 16, 24, 32),
            List.of(0, TILE_OUTER),
            List.of(1, 2, 4)));
    this.words = words;
    this.outer = outer;
    this.lanes = lanes;
    this.registers = target.level().vectorRegisters();
    this.converts = target.precision() != Precision.FLOAT32;
  }

  private static List<Integer> depths(CpuTarget target, int words) {
    // A sum of bytes cannot leave its register: out has no place for integers.
    return target.precision() == Precision.INT8
        ? List.of(words)
        : IntStream.rangeClosed(1, words)
            .filter(depth -> words % depth == 0 && (depth >= LEAST_DEPTH || depth == words))
            .boxed()
            .toList();
  }

  @Override
  Optional<Schedule> schedule(int[] values) {
    int rows = values[0];
    int vectors = values[1];
    int depth = values[2];
    int blockTiles = values[3];
    int unroll = values[5];
    int sums = rows * vectors;
    boolean fits =
        sums + vectors + 1 <= registers
            && sums >= LEAST_SUMS
            && outer % (vectors * lanes) == 0
            && words % depth == 0
            && depth % unroll == 0
            && (!converts || blockTiles > 0)
            && 4L * words * rows * blockTiles <= MOST_WORDS_BYTES;
    return fits
        ? Optional.of(
            new GemmSchedule(
                rows,
                lanes,
                vectors,
                depth,
                blockTiles,
                values[4] == TILE_OUTER ? Order.TILE_OUTER : Order.PANEL_OUTER,
                unroll))
        : Optional.empty();
  }

  @Override
  int[] values(Schedule schedule) {
    var gemm = (GemmSchedule) schedule;
    return new int[] {
      gemm.rows(),
      gemm.vectors(),
      gemm.depth(),
      gemm.blockTiles(),
      gemm.order() == Order.TILE_OUTER ? TILE_OUTER : 0,
      gemm.unroll()
    };
  }
}
