-- The state of experiments. Works as it stands on PostgreSQL, and on H2 in its mode for that.

-- One row. Every change of a definition raises it first, and so changes go one after another, and a
-- replica that has seen a revision has seen all before it.
CREATE TABLE state_revision (
  id INT PRIMARY KEY,
  revision BIGINT NOT NULL
);
INSERT INTO state_revision (id, revision) VALUES (1, 0);

-- Definitions as they stand. A definition is the JSON of the message offramp.v1.Experiment.
CREATE TABLE experiment (
  name VARCHAR(63) PRIMARY KEY,
  state VARCHAR(16) NOT NULL,
  version BIGINT NOT NULL,
  promoted_arm VARCHAR(63) NOT NULL,
  definition TEXT NOT NULL,
  created TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  changed TIMESTAMP(6) WITH TIME ZONE NOT NULL
);

-- The audit log: one row a change, written with it. Never changed, never deleted.
CREATE TABLE experiment_change (
  revision BIGINT PRIMARY KEY,
  name VARCHAR(63) NOT NULL,
  version BIGINT NOT NULL,
  action VARCHAR(32) NOT NULL,
  who VARCHAR(256) NOT NULL,
  why VARCHAR(256) NOT NULL,
  state VARCHAR(16) NOT NULL,
  promoted_arm VARCHAR(63) NOT NULL,
  definition TEXT NOT NULL,
  created TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  changed TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  UNIQUE (name, version)
);

-- How far each replica's journal has been counted, moved on with the counts of what lies before.
CREATE TABLE journal (
  id VARCHAR(36) PRIMARY KEY,
  delivered BIGINT NOT NULL
);

-- Requests of an arm by what became of them: exposure, deadline, brown_out, not_served. Audits count
-- here too, with a tier as the detail.
CREATE TABLE arm_count (
  experiment VARCHAR(63) NOT NULL,
  arm VARCHAR(63) NOT NULL,
  kind VARCHAR(32) NOT NULL,
  detail VARCHAR(256) NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (experiment, arm, kind, detail)
);

-- Histograms of exposures: measure is exit_depth (a bucket a depth) or latency_us (a bucket's lowest
-- value, two significant digits).
CREATE TABLE arm_bucket (
  experiment VARCHAR(63) NOT NULL,
  arm VARCHAR(63) NOT NULL,
  measure VARCHAR(32) NOT NULL,
  bucket BIGINT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (experiment, arm, measure, bucket)
);

-- Sums of metrics that the server measures, a request each.
CREATE TABLE arm_metric (
  experiment VARCHAR(63) NOT NULL,
  arm VARCHAR(63) NOT NULL,
  metric VARCHAR(256) NOT NULL,
  n BIGINT NOT NULL,
  total DOUBLE PRECISION NOT NULL,
  total_of_squares DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (experiment, arm, metric)
);

-- Units that were exposed, once an arm: a unit in two arms has two rows.
CREATE TABLE exposed_unit (
  experiment VARCHAR(63) NOT NULL,
  unit VARCHAR(256) NOT NULL,
  arm VARCHAR(63) NOT NULL,
  first_seen TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  PRIMARY KEY (experiment, unit, arm)
);

-- What callers reported, whoever's it is: joined to exposed units when it is read, so that neither
-- order nor delay matters.
CREATE TABLE outcome (
  kind VARCHAR(16) NOT NULL,
  subject VARCHAR(256) NOT NULL,
  metric VARCHAR(256) NOT NULL,
  report_id VARCHAR(256) NOT NULL,
  amount DOUBLE PRECISION NOT NULL,
  happened TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  PRIMARY KEY (kind, subject, metric, report_id)
);
