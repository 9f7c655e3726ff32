package dev.offramp.compiler.tune;

import dev.offramp.compiler.tvm.Tvm;
import dev.offramp.model.io.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;

/*
 * A record file is read by whoever compiles and appended to by whoever tunes, line by line, so that
 * a tuner that is stopped has kept what it found. Of two records for the same workload and target
 * the later counts: it was measured here, on this machine, last. What ships comes first of all.
 *
 * A record is a hint, never a need: a line that cannot be read, of another TVM, or with a schedule
 * that no longer exists costs a warning and nothing else.
 */

/** What tuning found, by workload and target. Threading: one thread. */
public final class TuningRecords {
  private static final Logger log = LogManager.getLogger(TuningRecords.class);
  private static final String SHIPPED = "records.jsonl";
  private static final int MOST_WARNINGS = 3;

  private final @Nullable Path file;
  private final Map<List<String>, TuningRecord> records = new LinkedHashMap<>();

  private TuningRecords(@Nullable Path file) {
    this.file = file;
  }

  /** The records that ship. */
  public static TuningRecords shipped() {
    return open(null);
  }

  /**
   * The records that ship, and over them those of a file.
   *
   * @param file where new ones are added; need not exist
   */
  public static TuningRecords open(@Nullable Path file) {
    var records = new TuningRecords(file);
    try (InputStream in = TuningRecords.class.getResourceAsStream(SHIPPED)) {
      if (in != null) {
        records.read(
            "shipped records",
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)));
      }
    } catch (IOException e) {
      log.warn("Tuning records that ship cannot be read and are ignored: {}", e.toString());
    }
    if (file != null && Files.exists(file)) {
      // Decoding never fails: bytes that are no text become lines that are no records.
      try (var in =
          new BufferedReader(
              new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
        records.read(file.toString(), in);
      } catch (IOException e) {
        log.warn("Tuning records {} cannot be read and are ignored: {}", file, e.toString());
      }
    }
    return records;
  }

  private void read(String source, BufferedReader lines) throws IOException {
    int ignored = 0;
    int number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      String problem = problem(line);
      if (problem != null && ++ignored <= MOST_WARNINGS) {
        log.warn("Tuning record ignored: {} line {}: {}", source, number, problem);
      }
    }
    if (ignored > MOST_WARNINGS) {
      log.warn("Tuning records ignored: {} lines of {} in all", ignored, source);
    }
  }

  /** Adds the record of a line, or says why not. */
  private @Nullable String problem(String line) {
    @Nullable TuningRecord record;
    try {
      record = Json.mapper().readValue(line, TuningRecord.class);
    } catch (JacksonException e) {
      return "is not a record: " + Json.problem(e);
    }
    if (record == null) {
      return "is not a record: null";
    }
    if (!record.tvm().equals(Tvm.VERSION)) {
      return "is of TVM %s (expected: %s)".formatted(record.tvm(), Tvm.VERSION);
    }
    put(record);
    return null;
  }

  private void put(TuningRecord record) {
    records.put(List.of(record.workload(), record.target()), record);
  }

  /** The record for a workload on a target. */
  public Optional<TuningRecord> find(Workload workload, String target) {
    return Optional.ofNullable(records.get(List.of(workload.key(), target)));
  }

  /** Keeps a record, and adds it to the file at once if there is one. */
  void add(TuningRecord record) throws IOException {
    put(record);
    if (file == null) {
      return;
    }
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    String line =
        Json.mapper()
            .writer()
            .without(SerializationFeature.INDENT_OUTPUT)
            .writeValueAsString(record);
    Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
