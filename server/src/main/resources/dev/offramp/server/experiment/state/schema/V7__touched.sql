-- When a replica last wrote a row that would otherwise stay for ever: of journals whose replica and disk are
-- gone, and of versions that are no longer served.
ALTER TABLE journal ADD COLUMN touched TIMESTAMP(6) WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL;
ALTER TABLE tier_audit ADD COLUMN touched TIMESTAMP(6) WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL;
