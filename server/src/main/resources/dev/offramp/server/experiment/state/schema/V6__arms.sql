-- What became of an experiment's arms: the fields stopped_arms and arm_versions of the JSON of the message
-- offramp.v1.ExperimentStatus.
ALTER TABLE experiment ADD COLUMN arms TEXT DEFAULT '{}' NOT NULL;
ALTER TABLE experiment_change ADD COLUMN arms TEXT DEFAULT '{}' NOT NULL;
