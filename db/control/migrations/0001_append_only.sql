-- Rule 1: these rows are never changed or deleted.
CREATE TRIGGER `releases_no_update` BEFORE UPDATE ON `releases` BEGIN SELECT RAISE(ABORT, 'releases are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `releases_no_delete` BEFORE DELETE ON `releases` BEGIN SELECT RAISE(ABORT, 'releases are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `release_components_no_update` BEFORE UPDATE ON `release_components` BEGIN SELECT RAISE(ABORT, 'releases are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `release_components_no_delete` BEFORE DELETE ON `release_components` BEGIN SELECT RAISE(ABORT, 'releases are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `provenance_no_update` BEFORE UPDATE ON `provenance` BEGIN SELECT RAISE(ABORT, 'provenance records are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `provenance_no_delete` BEFORE DELETE ON `provenance` BEGIN SELECT RAISE(ABORT, 'provenance records are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `evaluation_results_no_update` BEFORE UPDATE ON `evaluation_results` BEGIN SELECT RAISE(ABORT, 'evaluation results are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `evaluation_results_no_delete` BEFORE DELETE ON `evaluation_results` BEGIN SELECT RAISE(ABORT, 'evaluation results are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `feature_fingerprints_no_update` BEFORE UPDATE ON `feature_fingerprints` BEGIN SELECT RAISE(ABORT, 'fingerprints are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `feature_fingerprints_no_delete` BEFORE DELETE ON `feature_fingerprints` BEGIN SELECT RAISE(ABORT, 'fingerprints are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `alias_moves_no_update` BEFORE UPDATE ON `alias_moves` BEGIN SELECT RAISE(ABORT, 'alias moves are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `alias_moves_no_delete` BEFORE DELETE ON `alias_moves` BEGIN SELECT RAISE(ABORT, 'alias moves are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `release_marks_no_update` BEFORE UPDATE ON `release_marks` BEGIN SELECT RAISE(ABORT, 'release marks are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `release_marks_no_delete` BEFORE DELETE ON `release_marks` BEGIN SELECT RAISE(ABORT, 'release marks are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `policies_no_update` BEFORE UPDATE ON `policies` BEGIN SELECT RAISE(ABORT, 'policy versions are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `policies_no_delete` BEFORE DELETE ON `policies` BEGIN SELECT RAISE(ABORT, 'policy versions are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `rollout_transitions_no_update` BEFORE UPDATE ON `rollout_transitions` BEGIN SELECT RAISE(ABORT, 'rollout transitions are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `rollout_transitions_no_delete` BEFORE DELETE ON `rollout_transitions` BEGIN SELECT RAISE(ABORT, 'rollout transitions are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `evaluations_no_update` BEFORE UPDATE ON `evaluations` BEGIN SELECT RAISE(ABORT, 'evaluations are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `evaluations_no_delete` BEFORE DELETE ON `evaluations` BEGIN SELECT RAISE(ABORT, 'evaluations are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `approvals_no_update` BEFORE UPDATE ON `approvals` BEGIN SELECT RAISE(ABORT, 'approvals are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `approvals_no_delete` BEFORE DELETE ON `approvals` BEGIN SELECT RAISE(ABORT, 'approvals are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `incident_events_no_update` BEFORE UPDATE ON `incident_events` BEGIN SELECT RAISE(ABORT, 'timeline entries are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `incident_events_no_delete` BEFORE DELETE ON `incident_events` BEGIN SELECT RAISE(ABORT, 'timeline entries are append-only: DELETE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_entries_no_update` BEFORE UPDATE ON `audit_entries` BEGIN SELECT RAISE(ABORT, 'audit entries are append-only: UPDATE is refused'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_entries_no_delete` BEFORE DELETE ON `audit_entries` BEGIN SELECT RAISE(ABORT, 'audit entries are append-only: DELETE is refused'); END;
