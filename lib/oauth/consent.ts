import { z } from "zod";
import { recordChange } from "../admin-log/record.ts";
import { db } from "../db/client.ts";
import { announceAccessChange } from "../deployments/commands/end-access.ts";
import { formatConnectorUrl } from "../deployments/connector-url.ts";
import { AppError } from "../errors/app-error.ts";
import { isClientDocumentUrl } from "./clients/client-documents.ts";
import { findClient } from "./clients/find-client.ts";
import { type RedirectKind, redirectHost, redirectKind } from "./clients/redirect-uris.ts";
import { recordDecision } from "./connection-records.ts";
import { deploymentOf, SCOPE } from "./issuer.ts";
import { findUsableDeployment, listUsableDeployments, mayAskFor, type UsableDeployment } from "./membership.ts";
import { findRecord, hashRecordId, type Payload } from "./records.ts";

/** The cookie that binds an authorization request to the browser that began it; oidc-provider sets it for the page's path. */
export const INTERACTION_COOKIE = "_interaction";

/** Grants of one deployment: what its snapshot at the gateway holds of them stays small. */
const MAX_GRANTS = 1_000;
/** Grants of one person there, so that none can use up the others' room. */
const MAX_GRANTS_OF_PERSON = 200;

const interactionSchema = z.object({
  returnTo: z.string(),
  params: z.object({ client_id: z.string(), redirect_uri: z.string(), resource: z.string().optional() }),
  result: z.unknown().optional(),
});

const clientSchema = z.object({ client_name: z.string() });

/** The decision that the consent page asks for. */
export interface ConsentRequest {
  clientId: string;
  clientName: string;
  /** The host of the client's metadata document, which the client's name is vouched for by; null for a client that registered itself. */
  documentHost: string | null;
  redirectHost: string;
  redirectKind: RedirectKind;
  /** The deployment that the client named; null when the person is to pick one. */
  deploymentId: string | null;
}

/**
 * The authorization request of a consent page. Null when it has ended, was decided, or was begun in another browser.
 *
 * @param uid from the page's address
 * @param cookie the interaction's cookie as this browser sent it. Without this check an attacker could begin a request, send its page
 *   to another person, and collect the code for that person's deployment
 */
export async function readConsentRequest(uid: string, cookie: string | undefined): Promise<ConsentRequest | null> {
  const interaction = await findInteraction(uid, cookie);
  if (interaction === null || interaction.result !== undefined) return null;
  const { client_id: clientId, redirect_uri: redirectUri, resource } = interaction.params;
  const client = clientSchema.safeParse(await findClient(clientId));
  const kind = redirectKind(redirectUri);
  if (!client.success || kind === null) return null;
  return {
    clientId,
    clientName: client.data.client_name,
    documentHost: isClientDocumentUrl(clientId) ? new URL(clientId).host : null,
    redirectHost: redirectHost(redirectUri),
    redirectKind: kind,
    deploymentId: resource === undefined ? null : deploymentOf(resource),
  };
}

/** The deployments that a person can choose from for a request: the one that it names, or all that they may use. */
export async function consentChoices(userId: string, request: ConsentRequest): Promise<UsableDeployment[]> {
  if (request.deploymentId === null) {
    const all = await listUsableDeployments(userId);
    const isFor = await Promise.all(all.map(({ id }) => mayAskFor(request.clientId, formatConnectorUrl(id))));
    return all.filter((_, index) => isFor[index]);
  }
  const deployment = await findUsableDeployment(userId, request.deploymentId);
  return deployment === null ? [] : [deployment];
}

export interface ConsentDecision {
  uid: string;
  cookie: string | undefined;
  userId: string;
  isAllowed: boolean;
  /** The deployment that the person picked; what the client named goes before it. */
  deploymentId: string | null;
}

/**
 * Keeps a person's decision and, for a yes, makes the grant.
 *
 * @returns the path where the authorization server goes on with the request
 * @throws AppError `conflict` when the request has ended or was decided, `not_found` when the person may not use the deployment
 */
export async function decideConsent(decision: ConsentDecision): Promise<string> {
  const { uid, cookie, userId } = decision;
  const interaction = await findInteraction(uid, cookie);
  if (interaction === null) throw ended();
  const returnTo = new URL(interaction.returnTo).pathname;
  if (!decision.isAllowed) {
    await keepResult(uid, { error: "access_denied", error_description: "the person did not allow it" }, {});
    const host = redirectHost(interaction.params.redirect_uri);
    await recordChange(db(), {
      action: "client.denied",
      userId,
      summary: `Denied a client (${host}) what it asked for.`,
    });
    await recordDecision(interaction.params, userId, "access_denied");
    return returnTo;
  }
  const request = await readConsentRequest(uid, cookie);
  if (request === null) throw ended();
  const wanted = request.deploymentId ?? decision.deploymentId;
  const isFor = wanted !== null && (await mayAskFor(request.clientId, formatConnectorUrl(wanted)));
  const deployment = isFor ? await findUsableDeployment(userId, wanted) : null;
  if (deployment === null) {
    if (request.deploymentId !== null && (await isGone(request.deploymentId))) {
      const error_description = "the deployment was deleted";
      await keepResult(uid, { error: "invalid_target", error_description }, {});
      return returnTo;
    }
    throw new AppError("not_found", "There is no deployment that you may use at this address.", {
      hint: "Ask the person who owns it to let you use it.",
    });
  }
  const grantId = await createGrant(request, userId, deployment.id);
  const login = { accountId: userId, remember: false };
  try {
    await keepResult(
      uid,
      { login, consent: { grantId } },
      { resource: formatConnectorUrl(deployment.id), scope: SCOPE },
    );
  } catch (error) {
    await db().connectedClient.deleteMany({ where: { id: grantId } });
    throw error;
  }
  await announceAccessChange(deployment.id);
  await recordDecision({ ...interaction.params, resource: formatConnectorUrl(deployment.id) }, userId, null);
  return returnTo;
}

async function findInteraction(uid: string, cookie: string | undefined) {
  if (cookie === undefined || cookie !== uid) return null;
  return interactionSchema.safeParse(await findRecord("Interaction", uid)).data ?? null;
}

async function isGone(deploymentId: string): Promise<boolean> {
  return (await db().deployment.count({ where: { id: deploymentId, desired: { not: "deleted" } } })) === 0;
}

/** Writes the result of an interaction, once: of two answers to one page the second is told so. */
async function keepResult(uid: string, result: Payload, params: Record<string, string>): Promise<void> {
  const count = await db().$executeRaw`
    update oauth_records set payload = jsonb_set(jsonb_set(payload, '{result}', ${JSON.stringify(result)}::jsonb),
      '{params}', (payload->'params') || ${JSON.stringify(params)}::jsonb)
    where model = 'Interaction' and id_hash = ${hashRecordId(uid)} and expires_at > now() and not payload ? 'result'`;
  if (count === 0) throw ended();
}

async function createGrant(request: ConsentRequest, userId: string, deploymentId: string): Promise<string> {
  const { clientId, clientName, redirectHost } = request;
  return db().$transaction(async (tx) => {
    if ((await tx.connectedClient.count({ where: { deploymentId } })) >= MAX_GRANTS) {
      throw new AppError("conflict", `${MAX_GRANTS} clients are connected to this deployment.`, {
        hint: "Disconnect some that are no longer used.",
      });
    }
    if ((await tx.connectedClient.count({ where: { deploymentId, userId } })) >= MAX_GRANTS_OF_PERSON) {
      throw new AppError("conflict", `You have connected ${MAX_GRANTS_OF_PERSON} clients to this deployment.`, {
        hint: "Disconnect some that you no longer use, under Settings, Clients.",
      });
    }
    const row = await tx.connectedClient.create({
      data: { deploymentId, userId, clientId, clientName, redirectHost },
      select: { id: true, deployment: { select: { name: true } } },
    });
    const summary = `Allowed ${clientName} (${redirectHost}) to use “${row.deployment.name}”.`;
    await recordChange(tx, { action: "client.allowed", userId, summary });
    return row.id;
  });
}

function ended(): AppError {
  return new AppError("conflict", "This request was answered already, or has ended.", {
    hint: "Start again from your client.",
  });
}
