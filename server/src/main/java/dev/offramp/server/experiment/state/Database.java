package dev.offramp.server.experiment.state;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.offramp.model.io.DurationText;
import dev.offramp.server.refusal.Refusal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/**
 * The database, whichever it is, with our schema.
 *
 * <p>Opening it does not connect: the first transaction does, and brings the schema up to date. A
 * transaction that fails because others were at the same rows is tried again.
 *
 * <p>Threading: safe for all threads. Ownership: {@link #close} ends the connections.
 */
public final class Database implements AutoCloseable {

  private static final int CONNECTIONS = 4;
  private static final int CONNECT_MILLIS = 2_000;

  /** The embedded one is never away, only slow to open on a machine that has much to do. */
  private static final int OPEN_MILLIS = 60_000;

  private static final int TRIES = 5;

  /** What all connections of a shared database have, unless its address says otherwise. */
  private static final Map<String, String> SOCKETS =
      Map.of(
          "connectTimeout",
          "2",
          "tcpKeepAlive",
          "true",
          "socketFactory",
          ProbedSockets.class.getName());

  /** Where Flyway finds the schema. */
  static final String MIGRATIONS = "classpath:dev/offramp/server/experiment/state/schema";

  /** Another process has the embedded database open. */
  private static final int H2_IN_USE = 90020;

  /** What is done within one transaction. */
  interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /**
   * How long one statement may take that reads all units, or all outcomes: a shorter limit would
   * end those of large experiments every time. Who waits for a host that is gone does not wait that
   * long: see {@link ProbedSockets}.
   */
  private static final int LONG_MILLIS = 600_000;

  /** The others are for what must not wait: changes, looks for changes, and the journal. */
  private static final int LONG_AT_ONCE = CONNECTIONS / 2;

  private final HikariDataSource connections;

  /** What takes minutes has its turn by order. */
  private final Semaphore longTurns = new Semaphore(LONG_AT_ONCE, true);

  /** A shared database's; empty for the embedded one. */
  private final Optional<String> url;

  /** What reads of one moment are called: H2 remembers tables only as they are read below it. */
  private final int snapshotLevel;

  private final ReentrantLock migrating = new ReentrantLock();
  private volatile boolean current;

  /** The database of these settings. */
  public Database(StateSettings settings) {
    url = settings.url();
    snapshotLevel =
        settings.url().isPresent()
            ? Connection.TRANSACTION_REPEATABLE_READ
            : Connection.TRANSACTION_SERIALIZABLE;
    var config = new HikariConfig();
    config.setPoolName("offramp-state");
    config.setMaximumPoolSize(CONNECTIONS);
    // The embedded database is open as long as there is a connection.
    config.setMinimumIdle(settings.url().isPresent() ? 0 : 1);
    config.setAutoCommit(false);
    config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    config.setConnectionTimeout(settings.url().isPresent() ? CONNECT_MILLIS : OPEN_MILLIS);
    config.setInitializationFailTimeout(-1);
    settings
        .url()
        .ifPresentOrElse(
            address -> {
              config.setJdbcUrl(address);
              SOCKETS.forEach(config::addDataSourceProperty);
              config.addDataSourceProperty("socketTimeout", "10");
            },
            () -> config.setJdbcUrl(embedded(settings.directory())));
    connections = new HikariDataSource(config);
  }

  /** The address of the embedded database in a directory. */
  static String embedded(Path directory) {
    return "jdbc:h2:file:"
        + directory.toAbsolutePath().resolve("experiments")
        + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH"
        // What was committed is in the file: it outlives the process.
        + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE"
        // More statements than it would remember, which are the same each time.
        + ";QUERY_CACHE_SIZE=64";
  }

  /**
   * Connects and brings the schema up to date, unless that was done.
   *
   * @throws StateAwayException if there is no connection to be had
   * @throws StateFormatException if the schema is none that this server knows
   */
  public void ready() {
    if (current) {
      return;
    }
    migrating.lock();
    try {
      if (!current) {
        // Flyway would try again, and hide why.
        try (Connection connection = connections.getConnection()) {
          connection.rollback();
        }
        migrate();
        current = true;
      }
    } catch (SQLException e) {
      throw failure(e);
    } finally {
      migrating.unlock();
    }
  }

  private void migrate() {
    FluentConfiguration configuration =
        Flyway.configure().locations(MIGRATIONS).cleanDisabled(true);
    // Not over the pool, whose connections give up on what takes long, as an index of a large table
    // does, for hours perhaps: these have no limit, and end where the host is gone.
    url.ifPresentOrElse(
        address -> configuration.jdbcProperties(SOCKETS).dataSource(address, null, null),
        () -> configuration.dataSource(connections));
    Flyway flyway = configuration.load();
    try {
      MigrationInfo applied = flyway.info().current();
      MigrationVersion newest = newest(flyway);
      if (applied != null
          && applied.getVersion() != null
          && applied.getVersion().compareTo(newest) > 0) {
        throw new StateFormatException(
            "state: schema version %s (expected: at most %s, all that this server knows; run a newer server)"
                .formatted(applied.getVersion(), newest));
      }
      flyway.migrate();
    } catch (FlywayException e) {
      if (e.getCause() instanceof SQLException cause && isAway(cause)) {
        throw failure(cause);
      }
      throw new StateFormatException(
          "state: the schema cannot be brought up to date: %s (expected: an empty database, or one that only Offramp writes to)"
              .formatted(String.valueOf(e.getMessage()).strip().replaceAll("\\s*\\R\\s*", " ")),
          e);
    }
  }

  private static MigrationVersion newest(Flyway flyway) {
    MigrationVersion newest = MigrationVersion.EMPTY;
    for (MigrationInfo migration : flyway.info().all()) {
      if (migration.getVersion() != null
          && migration.isVersioned()
          && migration.getState().isResolved()
          && migration.getVersion().compareTo(newest) > 0) {
        newest = migration.getVersion();
      }
    }
    return newest;
  }

  /**
   * Runs work in a transaction, and again where others were in the way.
   *
   * @throws StateAwayException if there is no connection, or it was lost; whether the work was done
   *     is unknown then
   * @throws StateFormatException as in {@link #ready}
   */
  <T> T transact(Work<T> work) {
    ready();
    for (int tries = 1; ; tries++) {
      try (Connection connection = connections.getConnection()) {
        try {
          T result = work.run(connection);
          connection.commit();
          return result;
        } catch (SQLException | RuntimeException e) {
          rollback(connection, e);
          throw e;
        }
      } catch (SQLException e) {
        if (isLost(e)) {
          // The others in the pool are as dead, and each would fail somebody.
          connections.getHikariPoolMXBean().softEvictConnections();
        }
        if (tries == TRIES || !isInTheWay(e)) {
          throw failure(e);
        }
      }
    }
  }

  /**
   * The same for work that only reads: all its statements see the database at one moment, so that
   * what one of them counts the others have counted too.
   */
  <T> T snapshot(Work<T> work) {
    return transact(connection -> ofOneMoment(connection, work));
  }

  /** The same for work whose statements may take minutes, once it is its turn. */
  <T> T snapshotLong(Work<T> work) {
    return transactLong(connection -> ofOneMoment(connection, work));
  }

  /** The same; {@link Refusal} if it is not its turn within the limit. */
  <T> T snapshotLong(Work<T> work, Duration limit) {
    try {
      if (!longTurns.tryAcquire(limit.toNanos(), TimeUnit.NANOSECONDS)) {
        throw Refusal.of(
            Refusal.Cause.COUNTS,
            "counts: not their turn to be read within %s (expected: less to read, which is done %d at a time; try again later)"
                .formatted(DurationText.format(limit), LONG_AT_ONCE));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.closing();
    }
    return runLong(connection -> ofOneMoment(connection, work));
  }

  private <T> T ofOneMoment(Connection connection, Work<T> work) throws SQLException {
    connection.rollback(); // A level can be set between transactions only; the pool sets it back.
    connection.setTransactionIsolation(snapshotLevel);
    return work.run(connection);
  }

  /**
   * As {@link #transact} for work whose statements may take minutes: a database that hangs on a
   * host that is there keeps it that long, so only for what reads or deletes by the million. It
   * waits for its turn, however long, since each such work keeps a connection from all others.
   */
  <T> T transactLong(Work<T> work) {
    longTurns.acquireUninterruptibly();
    return runLong(work);
  }

  /** Runs what has a turn, and ends the turn. */
  private <T> T runLong(Work<T> work) {
    try {
      return transact(connection -> {
        if (url.isPresent()) {
          connection.setNetworkTimeout(Runnable::run, LONG_MILLIS); // The pool sets it back.
        }
        return work.run(connection);
      });
    } finally {
      longTurns.release();
    }
  }

  private static void rollback(Connection connection, Exception cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  /** Deadlocks, lock timeouts and keys that came in between. */
  private static boolean isInTheWay(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return state.startsWith("40") || state.equals("23505") || state.equals("HYT00");
  }

  /** Whether the connection is, or the server behind it. */
  private static boolean isLost(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return state.startsWith("08") // no connection
        || state.startsWith("57P"); // shutting down, starting up
  }

  private static boolean isAway(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return e instanceof SQLTransientException
        || isLost(e)
        || state.startsWith("53") // no room
        || state.startsWith("25006"); // a standby
  }

  private static RuntimeException failure(SQLException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && sql.getErrorCode() == H2_IN_USE) {
        return new StateFormatException(
            "state: another process has the embedded database open (expected: a directory of its own"
                + " for each server, or a database that they share: --state-url)",
            e);
      }
    }
    return isAway(e)
        ? new StateAwayException("state: the database is away: " + reason(e), e)
        : new IllegalStateException("state: the database failed: " + reason(e), e);
  }

  private static String reason(SQLException e) {
    Throwable last = e.getCause() instanceof SQLException cause ? cause : e;
    return String.valueOf(last.getMessage()).replaceAll("\\s*\\R\\s*", " ");
  }

  @Override
  public void close() {
    connections.close();
  }

  /**
   * The same; false if connections have not ended within the limit. They are left behind then, to a
   * thread that ends with the process: the pool has time limits of its own, of ten seconds each.
   */
  public boolean close(Duration limit) {
    Thread closing = Thread.ofPlatform().daemon().name("offramp-state-close").start(this::close);
    try {
      return closing.join(limit);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
