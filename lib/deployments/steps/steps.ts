import { isDeepStrictEqual } from "node:util";
import { encrypt } from "../../crypto/cipher.ts";
import { HOST_TOKEN_FIELD } from "../../crypto/fields.ts";
import { createSecretToken } from "../../crypto/secret-token.ts";
import type { MachineRef } from "../../runtime/runtime.ts";
import { parseStoredSpec } from "../inputs/stored-spec.ts";
import { canOpenHostToken, openValues } from "../machine/machine-spec.ts";
import type { StepName } from "../view.ts";
import { handshake, installing, starting } from "./machine-steps.ts";
import { describeOtherInstall } from "./other-install.ts";
import { removeSecondaryMachine } from "./secondary-machine.ts";
import type { Step } from "./step.ts";

/** Decrypts every stored value as a check, and creates the machine's token where there is no readable one. */
const encrypting: Step = async ({ state, log }) => {
  const { row } = state;
  const values = openValues(row);
  log.add(
    values.size === 0 ? "no values to keep" : `every value is encrypted and opens: ${[...values.keys()].join(", ")}`,
  );
  for (const input of parseStoredSpec(row.spec).inputs) {
    if (input.target === "header") log.add(`${input.key} is a header of the hosted server and is not used here`);
  }
  if (canOpenHostToken(row)) return;
  const place = { scope: row.id, field: HOST_TOKEN_FIELD };
  await state.save({ hostTokenCiphertext: encrypt(createSecretToken(), place) });
  log.add("created the machine's token");
};

/**
 * Creates the machine, or updates the one that exists. A machine of this host is stopped first; a platform updates its machine in
 * place.
 */
const preparing: Step = async ({ state, runtime, open, log, signal }) => {
  const earlier = state.row.machine as MachineRef | null;
  if (earlier !== null && !runtime.sleeps) await runtime.stop(earlier);
  signal.throwIfAborted();
  const { machine: spec } = open();
  const { region } = spec.size;
  const isElsewhere = earlier !== null && region !== null && region !== earlier.region;
  const place = isElsewhere ? runtime.reserveSecondary(earlier, state.row.generation) : null;
  if (earlier === null || place === null) {
    await state.save({ machine: await runtime.create(spec, earlier) });
  } else {
    // The old machine is kept: where the platform has no capacity, it can still be started.
    if (!isDeepStrictEqual(state.row.secondaryMachine, place)) {
      await removeSecondaryMachine(state);
      await state.save({ secondaryMachine: place, secondaryUntil: null });
    }
    const machine = await runtime.create(spec, place);
    await state.save({ machine, secondaryMachine: earlier, secondaryUntil: null });
  }
  const { install } = open().stored;
  if (install) log.add(describeOtherInstall(install));
  log.add(`the machine is ready (${runtime.name})`);
};

const noop: Step = async () => {};

/** The steps from a spec to a live deployment, in the order of `stepNames`. */
export const STEPS: Record<StepName, Step> = {
  queued: noop,
  encrypting,
  preparing,
  installing,
  starting,
  handshake,
  live: noop,
};
