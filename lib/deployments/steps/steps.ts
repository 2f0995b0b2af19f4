import { isDeepStrictEqual } from "node:util";
import { encrypt } from "../../crypto/cipher.ts";
import { HOST_TOKEN_FIELD } from "../../crypto/fields.ts";
import { createSecretToken } from "../../crypto/secret-token.ts";
import type { MachineRef } from "../../runtime/runtime.ts";
import { parseStoredSpec } from "../inputs/stored-spec.ts";
import { canOpenHostToken, openValues } from "../machine/machine-spec.ts";
import type { StepName } from "../view.ts";
import { handshake, installing, starting } from "./machine-steps.ts";
import { removeSecondaryMachine } from "./secondary-machine.ts";
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
  if (canOpenHostToken(row)) return;
  const place = { scope: row.id, field: HOST_TOKEN_FIELD };
  await state.save({ hostTokenCiphertext: encrypt(createSecretToken(), place) });
  log.add("made the machine's token");
};

/**
 * Makes the machine, or takes the one that is there. A platform's goes on as it is until it is given what it is to be made from; one of
 * this host ends first.
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
    // Nobody is served meanwhile; but where there is no room, the one that is there can still be started.
    if (!isDeepStrictEqual(state.row.secondaryMachine, place)) {
      await removeSecondaryMachine(state);
      await state.save({ secondaryMachine: place, secondaryUntil: null });
    }
    const machine = await runtime.create(spec, place);
    await state.save({ machine, secondaryMachine: earlier, secondaryUntil: null });
  }
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
