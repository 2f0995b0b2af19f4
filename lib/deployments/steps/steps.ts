import { newSecretToken } from "../../auth/secret-token.ts";
import { decrypt, encrypt } from "../../credentials/cipher.ts";
import { HOST_TOKEN_FIELD, openValues } from "../machine-spec.ts";
import { parseStoredSpec } from "../stored-spec.ts";
import type { StepName } from "../view.ts";
import { handshake, installing, starting } from "./machine-steps.ts";
import type { Step } from "./step.ts";

/** Proves that every stored value opens, and makes the machine's token where there is none that does. */
const encrypting: Step = async ({ state, log }) => {
  const { row } = state;
  const values = openValues(row);
  log.add(
    values.size === 0 ? "no values to keep" : `every value is encrypted and opens: ${[...values.keys()].join(", ")}`,
  );
  for (const input of parseStoredSpec(row.spec).inputs) {
    if (input.target === "header") log.add(`${input.key} is a header of the hosted server and is not used here`);
  }
  if (row.hostTokenCiphertext !== null && opens(row.id, row.hostTokenCiphertext)) return;
  const place = { scope: row.id, field: HOST_TOKEN_FIELD };
  await state.save({ hostTokenCiphertext: encrypt(newSecretToken(), place) });
  log.add("made the machine's token");
};

/** Ends what runs of an earlier generation and makes the machine. */
const preparing: Step = async ({ state, runtime, open, log, signal }) => {
  const { machine: earlier } = state.row;
  if (earlier !== null) await runtime.stop(earlier as Parameters<typeof runtime.stop>[0]);
  signal.throwIfAborted();
  await state.save({ machine: await runtime.create(open().machine) });
  log.add(`the machine is ready (${runtime.name})`);
};

const nothingToDo: Step = async () => {};

/** The steps from a spec to a live deployment, in the order of `stepNames`. */
export const steps: Record<StepName, Step> = {
  queued: nothingToDo,
  encrypting,
  preparing,
  installing,
  starting,
  handshake,
  live: nothingToDo,
};

function opens(deploymentId: string, ciphertext: string): boolean {
  try {
    decrypt(ciphertext, { scope: deploymentId, field: HOST_TOKEN_FIELD });
    return true;
  } catch {
    return false;
  }
}
