-- What was known of an arm's units before they were exposed, of the same metric: its sum, that of its
-- squares, and that of its products with what came after. 0 for metrics that the server measures.
ALTER TABLE arm_metric ADD COLUMN before_total DOUBLE PRECISION DEFAULT 0 NOT NULL;
ALTER TABLE arm_metric ADD COLUMN before_total_of_squares DOUBLE PRECISION DEFAULT 0 NOT NULL;
ALTER TABLE arm_metric ADD COLUMN before_product DOUBLE PRECISION DEFAULT 0 NOT NULL;

-- Experiments that ended long ago, whose units and outcomes are only sums any more: those of reported
-- metrics are in arm_metric, the number of units is in arm_count as the kind unit, and here is how many
-- units met more than one arm. What is left in exposed_unit of one of these is to be deleted.
CREATE TABLE closed_books (
  experiment VARCHAR(63) PRIMARY KEY,
  crossed BIGINT NOT NULL,
  closed TIMESTAMP(6) WITH TIME ZONE NOT NULL
);

-- Outcomes are deleted by their age.
CREATE INDEX outcome_happened ON outcome (happened);
