package dev.offramp.trainer;

import java.util.List;
import java.util.stream.IntStream;

/** Neighbouring places: {@code [from, to)}. */
record Range(int from, int to) {

  int size() {
    return to - from;
  }

  /** The places in both; from and to are the same where there are none. */
  Range and(Range other) {
    int start = Math.max(from, other.from);
    return new Range(start, Math.max(start, Math.min(to, other.to)));
  }

  /** As many parts as are wanted, alike to within one place; fewer if there are fewer places. */
  List<Range> split(int parts) {
    int count = Math.min(size(), parts);
    return IntStream.range(0, count)
        .mapToObj(i -> new Range(edge(i, count), edge(i + 1, count)))
        .toList();
  }

  private int edge(int part, int parts) {
    return from + (int) ((long) size() * part / parts);
  }
}
