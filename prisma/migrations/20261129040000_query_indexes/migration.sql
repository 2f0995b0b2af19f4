-- Deleting an analysis clears the columns that point to it: without this, by reading all deployments.
CREATE INDEX "deployments_analysis_id_idx" ON "deployments"("analysis_id");

-- The pages that count deployments by runtime.
CREATE INDEX "deployments_runtime_idx" ON "deployments"("runtime");

-- What the worker asks for every few seconds: deployments that drift from what was asked for, and machines that are due for a probe. Few
-- rows are in them, however many deployments there are. Prisma's schema has no partial indexes.
CREATE INDEX "deployments_pending_idx" ON "deployments"("created_at")
  WHERE "desired" = 'deleted'
    OR ("desired" = 'stopped' AND "status" <> 'stopped')
    OR ("desired" = 'running' AND ("status" IN ('pending', 'deploying') OR "change"->>'state' = 'running'))
    OR "spare_machine" IS NOT NULL;
CREATE INDEX "deployments_local_running_idx" ON "deployments"("id") WHERE "runtime" = 'local' AND "desired" = 'running';
CREATE INDEX "deployments_probe_idx" ON "deployments"("looked_at" NULLS FIRST)
  WHERE "runtime" <> 'local' AND "desired" = 'running' AND "status" IN ('live', 'sleeping', 'failing');
