package dev.offramp.server.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.model.text.EncodedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowStoreTest {
  private static final int RING_BYTES = 8 << 20;

  @SuppressWarnings("ArrayRecordComponent") // Nothing compares them.
  private record Stored(TextKey key, long where, float[] rows) {}

  private static TextKey key(int number) {
    return new TextKey(1, EncodedText.of(2, number, 3));
  }

  private static float[] rows(Random random, int length) {
    float[] rows = new float[length];
    for (int i = 0; i < length; i++) {
      rows[i] = random.nextFloat();
    }
    return rows;
  }

  @ParameterizedTest
  @CsvSource({"4,1", "4000,100", "4004,1001", "100000,37", "100000,20000", "9000000,300000"})
  void get_afterRandomPuts_isWhatWasPutOrGoneAndTheLatestAreThere(int bytes, int longest) {
    var random = new Random(longest);
    var store = new RowStore(bytes);
    var all = new ArrayList<Stored>();
    for (int i = 0; i < 300; i++) {
      float[] rows = rows(random, 1 + random.nextInt(longest));
      long where = store.put(key(i), rows);
      assertThat(where == RowStore.NOWHERE).isEqualTo(rows.length > bytes / Float.BYTES);
      all.add(new Stored(key(i), where, rows.clone()));
      rows[0] = -1; // The store has its own copy.
      assertThat(store.bytes()).isLessThanOrEqualTo(bytes);
    }
    long since = 0;
    boolean gone = false;
    for (Stored stored : all.reversed()) {
      float @Nullable [] found = store.get(stored.key(), stored.where(), stored.rows().length);
      if (stored.where() == RowStore.NOWHERE) {
        assertThat(found).isNull();
        continue;
      }
      since += stored.rows().length;
      if (found == null) {
        gone = true;
        // Up to the longest text's room may be left out at the end of the array.
        assertThat(since).isGreaterThan(bytes / Float.BYTES - longest);
      } else {
        assertThat(gone).as("the oldest go first").isFalse();
        assertThat(Arrays.equals(found, stored.rows())).as("rows of %s", stored.key()).isTrue();
      }
    }
  }

  @Test
  void put_intoManyRings_usesThemAll() {
    var random = new Random(3);
    var store = new RowStore(4L * RING_BYTES);
    for (int i = 0; i < 400; i++) {
      var _ = store.put(key(i), rows(random, 100_000));
    }
    assertThat(store.bytes()).isGreaterThan(3L * RING_BYTES).isLessThanOrEqualTo(4L * RING_BYTES);
  }

  @Test
  void put_noRoom_isNowhere() {
    var store = new RowStore(0);
    assertThat(store.put(key(1), new float[1])).isEqualTo(RowStore.NOWHERE);
    assertThat(store.get(key(1), RowStore.NOWHERE, 1)).isNull();
    assertThat(store.bytes()).isZero();
  }

  @Test
  void get_whileOthersOverwrite_isWholeOrGone() throws Exception {
    var store = new RowStore(40_000);
    List<Callable<Integer>> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      int thread = t;
      threads.add(() -> {
        int found = 0;
        for (int i = 0; i < 20_000; i++) {
          float[] rows = new float[100 + i % 900];
          Arrays.fill(rows, thread * 100_000 + i);
          long where = store.put(key(thread), rows);
          float @Nullable [] now = store.get(key(thread), where, rows.length);
          if (now != null) {
            found++;
            assertThat(Arrays.equals(now, rows)).as("rows of text %d", i).isTrue();
          }
        }
        return found;
      });
    }
    try (var executor = Executors.newFixedThreadPool(4)) {
      for (var found : executor.invokeAll(threads)) {
        assertThat(found.get()).isPositive();
      }
    }
  }
}
