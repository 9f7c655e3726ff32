-- What audits had found of tiers when a new look at them began, every hundred audits: whether a tier has
-- become worse is told from what came since. Only the last hundred of each are kept.
CREATE TABLE audit_start (
  model VARCHAR(256) NOT NULL,
  version VARCHAR(256) NOT NULL,
  tier VARCHAR(63) NOT NULL,
  start_number BIGINT NOT NULL,
  audits BIGINT NOT NULL,
  disagreements BIGINT NOT NULL,
  PRIMARY KEY (model, version, tier, start_number)
);
