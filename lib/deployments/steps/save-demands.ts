import { recordStartFindings } from "../../analysis/start-findings.ts";
import type { Prisma } from "../../db/generated/client.ts";
import { parseStoredSpec } from "../inputs/stored-spec.ts";
import { parseRunningChange } from "../machine/machine-change.ts";
import { createDeploymentRedact } from "../machine/spec-cache.ts";
import type { RunState } from "../reconcile/run-state.ts";
import { storableJson } from "../redact.ts";
import { demandInputs, type MissingInput } from "./missing-inputs.ts";

/**
 * Saves that a server needs these inputs: with its deployment, whose form then asks for them, and as findings about its package,
 * which the next analysis of the same version knows. A machine that is being changed keeps its spec: its values were enough before.
 */
export async function saveDemands(state: RunState, missing: readonly MissingInput[]): Promise<void> {
  if (parseRunningChange(state.row.change) !== null) return;
  const redact = createDeploymentRedact(state.row.id);
  const redacted = missing.map((one) => ({ ...one, line: redact(one.line) }));
  const spec = demandInputs(parseStoredSpec(state.row.spec), redacted);
  await state.save({ spec: storableJson(spec) as unknown as Prisma.InputJsonValue });
  await recordStartFindings(
    spec.server,
    missing.map(({ input }) => input),
  );
}
