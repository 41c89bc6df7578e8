ALTER TABLE `leases` ADD `rounds` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `leases` ADD `worked_ms` integer DEFAULT 0 NOT NULL;