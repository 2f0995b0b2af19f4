import type { Adapter, AdapterPayload } from "oidc-provider";
import { errors } from "oidc-provider";
import { isDatabaseUnavailable } from "../errors/database-unavailable.ts";
import { findClient } from "./clients/find-client.ts";
import { saveRegistration } from "./clients/registrations.ts";
import { endGrant, findGrant } from "./grants.ts";
import { INTERACTION_S } from "./lifetimes.ts";
import { consumeRecord, deleteRecord, findRecord, saveRecord } from "./records.ts";

/**
 * Stores oidc-provider's records in PostgreSQL, so that every instance can continue what another began. Its login sessions are not
 * stored: the app's own session decides which person is signed in.
 *
 * @param model the library's name of a kind of object
 */
export function createAdapter(model: string): Adapter {
  const adapter: Required<Omit<Adapter, "findByUid" | "findByUserCode">> = {
    async upsert(id, payload, expiresIn) {
      if (model === "Session" || model === "Grant") return;
      if (model === "Client") return saveRegistration(id, payload);
      await saveRecord(model, id, payload, expiresIn ?? INTERACTION_S);
    },
    async find(id) {
      if (model === "Session") return undefined;
      if (model === "Client") return (await findClient(id)) as AdapterPayload | undefined;
      return model === "Grant" ? findGrant(id) : findRecord(model, id);
    },
    async consume(id) {
      if (!(await consumeRecord(model, id))) throw new errors.InvalidGrant("it was redeemed already");
    },
    async destroy(id) {
      if (model === "Session" || model === "Client") return;
      if (model === "Grant") return endGrant(id);
      const isMine = await deleteRecord(model, id);
      // Two requests that go on with one interaction at the same time would get two codes.
      if (!isMine && model === "Interaction") throw new errors.SessionNotFound("this request was answered already");
    },
    // A grant's records are deleted with it, by their foreign key.
    async revokeByGrantId() {},
  };
  return { ...guarded(adapter), findByUid: async () => undefined, findByUserCode: async () => undefined };
}

/** Turns a database that is away into the error that makes clients try again, where `server_error` would open a browser. */
function guarded(adapter: Required<Omit<Adapter, "findByUid" | "findByUserCode">>): typeof adapter {
  const guard = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      const unavailable = new errors.TemporarilyUnavailable("Catwalk cannot reach its database");
      throw Object.assign(unavailable, { status: 503, statusCode: 503, expose: true });
    }
  };
  return {
    upsert: (id, payload, expiresIn) => guard(adapter.upsert(id, payload, expiresIn)),
    find: (id) => guard(adapter.find(id)),
    consume: (id) => guard(adapter.consume(id)),
    destroy: (id) => guard(adapter.destroy(id)),
    revokeByGrantId: (grantId) => guard(adapter.revokeByGrantId(grantId)),
  };
}
