-- What audits found of tiers: texts run to full depth, and those that the tier labels otherwise. Arms
-- have theirs in arm_count, as the kinds audit, disagreement, pair, pair_more and pair_less.
CREATE TABLE tier_audit (
  model VARCHAR(256) NOT NULL,
  version VARCHAR(256) NOT NULL,
  tier VARCHAR(63) NOT NULL,
  audits BIGINT NOT NULL,
  disagreements BIGINT NOT NULL,
  PRIMARY KEY (model, version, tier)
);
