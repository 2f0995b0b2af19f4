import { processWide } from "../../util/process-wide.ts";
import { createRedact, type Redact } from "../redact.ts";
import { type OpenedSpec, openSpec, type SpecRow } from "./machine-spec.ts";

interface Entry {
  version: string;
  opened: OpenedSpec;
  /** Every secret this process has given to the machine. Older ones may still be in its log. */
  secrets: Set<string>;
  redact: Redact;
}

const entries = () => processWide("deployments.specs", () => new Map<string, Entry>());

/**
 * Returns a deployment's decrypted spec. It is cached in memory, so that a database outage does not keep the machine from starting.
 *
 * @throws AppError as `openSpec`
 */
export function openCachedSpec(row: SpecRow & { generation: number }, homePath: string): OpenedSpec {
  const known = entries().get(row.id);
  const size = [row.memoryMb, row.region, row.alwaysOn].join(" ");
  const version = `${row.generation} ${size} ${row.hostTokenCiphertext} ${row.packageLock}`;
  if (known?.version === version) return known.opened;
  const opened = openSpec(row, homePath);
  const secrets = new Set([...(known?.secrets ?? []), ...opened.machine.secrets]);
  entries().set(row.id, { version, opened, secrets, redact: createRedact(secrets) });
  return opened;
}

/** Returns the redactor of every secret of a deployment that this process knows. */
export function createDeploymentRedact(deploymentId: string): Redact {
  return entries().get(deploymentId)?.redact ?? ((text) => text);
}

export function forgetCachedSpec(deploymentId: string): void {
  entries().delete(deploymentId);
}
