-- Exposures that an arm had when its experiment came to its present coverage, written with that change:
-- what was counted since then was counted there. Arms without exposures until then have no row.
CREATE TABLE step_start (
  experiment VARCHAR(63) NOT NULL,
  arm VARCHAR(63) NOT NULL,
  exposures BIGINT NOT NULL,
  PRIMARY KEY (experiment, arm)
);
