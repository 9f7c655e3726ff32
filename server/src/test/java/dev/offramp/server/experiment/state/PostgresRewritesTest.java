package dev.offramp.server.experiment.state;

/** One whose driver makes one insert of many, and does not say which of them did anything. */
class PostgresRewritesTest extends PostgresContract {

  @Override
  String url() {
    return super.url() + "&reWriteBatchedInserts=true";
  }
}
