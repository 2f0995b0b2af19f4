-- Deleting an analysis clears the columns that point to it: without this, by reading all deployments.
CREATE INDEX "deployments_analysis_id_idx" ON "deployments"("analysis_id");

-- What is deleted every hour when it has outlived its use.
CREATE INDEX "analyses_created_at_idx" ON "analyses"("created_at");
CREATE INDEX "connection_events_at_idx" ON "connection_events"("at");
CREATE INDEX "connected_clients_used_idx" ON "connected_clients"(coalesce("last_used_at", "created_at"));

-- The pages that count deployments by runtime.
CREATE INDEX "deployments_runtime_idx" ON "deployments"("runtime");

-- What the worker asks for every few seconds: deployments that drift from what was asked for, and machines that are due for a probe. Few
-- rows are in them, however many deployments there are. Prisma's schema has no partial
-- indexes and none of expressions.
CREATE INDEX "deployments_pending_idx" ON "deployments"("created_at")
  WHERE "desired" = 'deleted'
    OR ("desired" = 'stopped' AND "status" <> 'stopped')
    OR ("desired" = 'running' AND ("status" IN ('pending', 'deploying') OR "change"->>'state' = 'running'))
    OR "spare_machine" IS NOT NULL;
CREATE INDEX "deployments_local_running_idx" ON "deployments"("id") WHERE "runtime" = 'local' AND "desired" = 'running';
CREATE INDEX "deployments_probe_idx" ON "deployments"("looked_at" NULLS FIRST)
  WHERE "runtime" <> 'local' AND "desired" = 'running' AND "status" IN ('live', 'sleeping', 'failing');
