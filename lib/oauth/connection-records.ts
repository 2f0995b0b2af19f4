import type { Response as InjectedResponse } from "light-my-request";
import { z } from "zod";
import { db } from "../db/client.ts";
import { findClient } from "./clients/find-client.ts";
import { recordConnectionEvent } from "./connection-log.ts";
import { deploymentOf } from "./issuer.ts";
import { hashRecordId } from "./records.ts";

// Records the authorization server's own steps in the log of a deployment.

/** A client that registered longer ago begins with its authorization request in the log. */
const REGISTRATION_SHOWN_MS = 60 * 60 * 1_000;

const clientSchema = z.object({ client_name: z.string() });
const registeredSchema = z.object({ client_id: z.string() });
const errorSchema = z.object({ error: z.string() });

/** Records where an authorization request led: to the consent page, or to an error at the client or on our page. */
export async function recordAuthorization(query: URLSearchParams, answer: InjectedResponse): Promise<void> {
  const deploymentId = deploymentOf(query.get("resource") ?? "");
  if (deploymentId === null) return;
  const client = await findName(query.get("client_id"));
  await recordRegistration(deploymentId, query.get("client_id"), client);
  const { location } = answer.headers;
  const redirect = typeof location === "string" ? URL.parse(location, "http://relative.invalid") : null;
  const error = redirect?.searchParams.get("error");
  const problem = redirect === null ? (client === null ? "invalid_client" : "invalid_redirect_uri") : (error ?? null);
  await recordConnectionEvent({ deploymentId, step: "authorize", problem, client });
}

/**
 * Records how a registration ended, in the log of the deployment that the client looked up before.
 *
 * @param text the registration's body, which may be anything
 */
export async function recordRegistrationFor(
  deploymentId: string,
  text: string,
  answer: Response,
  headers: Headers,
): Promise<void> {
  const client = readJson(clientSchema, text)?.client_name ?? headers.get("user-agent");
  const body = await answer.text();
  const registered = readJson(registeredSchema, body);
  if (registered !== null) return recordRegistration(deploymentId, registered.client_id, client);
  const problem = readJson(errorSchema, body)?.error ?? "server_error";
  await recordConnectionEvent({ deploymentId, step: "register", problem, client });
}

/**
 * Records a client's registration in a deployment's log, once, with the time that it took place. Also called when the client first
 * asks for the deployment: the registration itself names none, and which one was looked up before it may not be known.
 */
async function recordRegistration(deploymentId: string, clientId: string | null, client: string | null): Promise<void> {
  if (clientId === null || client === null) return;
  const select = { createdAt: true, deploymentId: true } as const;
  const row = await db().oAuthClient.findUnique({ where: { id: clientId }, select });
  // The owner made a client of one deployment by hand.
  if (row === null || row.deploymentId !== null) return;
  if (Date.now() - row.createdAt.getTime() > REGISTRATION_SHOWN_MS) return;
  const isKnown = await db().connectionEvent.count({ where: { deploymentId, step: "register", at: row.createdAt } });
  if (isKnown > 0) return;
  await recordConnectionEvent({ deploymentId, step: "register", problem: null, client, at: row.createdAt });
}

/** Records what a person decided. */
export async function recordDecision(
  params: { client_id: string; resource?: string | undefined },
  userId: string,
  problem: string | null,
): Promise<void> {
  const deploymentId = deploymentOf(params.resource ?? "");
  if (deploymentId === null) return;
  const user = await db().user.findUnique({ where: { id: userId }, select: { email: true } });
  const client = await findName(params.client_id);
  await recordConnectionEvent({ deploymentId, step: "consent", problem, client, person: user?.email ?? null });
}

/** What a token request is about: the grant of what it redeems, else the deployment of the resource that it names. */
export interface TokenSubject {
  deploymentId: string | null;
  /** The grant's person. */
  userId: string | null;
}

export async function findSubjectOf(form: URLSearchParams): Promise<TokenSubject> {
  const redeemed = [
    ["AuthorizationCode", form.get("code")],
    ["RefreshToken", form.get("refresh_token")],
  ] as const;
  for (const [model, id] of redeemed) {
    if (id === null) continue;
    const row = await db().oAuthRecord.findUnique({
      where: { model_idHash: { model, idHash: hashRecordId(id) } },
      select: { connectedClient: { select: { deploymentId: true, userId: true } } },
    });
    if (row?.connectedClient) return row.connectedClient;
  }
  return { deploymentId: deploymentOf(form.get("resource") ?? ""), userId: null };
}

/** Records a token request: the first tokens of a grant, or a refresh. */
export async function recordTokens(
  form: URLSearchParams,
  deploymentId: string,
  answer: InjectedResponse,
): Promise<void> {
  const grantType = form.get("grant_type");
  if (grantType === null) return;
  const step = grantType === "refresh_token" ? "refresh" : "token";
  const problem = answer.statusCode === 200 ? null : (readJson(errorSchema, answer.body)?.error ?? "server_error");
  await recordConnectionEvent({ deploymentId, step, problem, client: await findName(form.get("client_id")) });
}

function readJson<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

async function findName(clientId: string | null): Promise<string | null> {
  if (clientId === null) return null;
  return clientSchema.safeParse(await findClient(clientId)).data?.client_name ?? null;
}
