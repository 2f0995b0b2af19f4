import { setTimeout as delay } from "node:timers/promises";
import { connectClient } from "../e2e/testing/client.ts";
import type { Analysis } from "../lib/analysis/spec.ts";
import { signInOverHttp } from "../lib/cli/testing/sign-in.ts";
import type { DeploymentView } from "../lib/deployments/view.ts";

const STEP_WITHIN_MS = 120_000;

export interface Owner {
  email: string;
  password: string;
}

export interface Served {
  /** Where Catwalk is. */
  url: string;
  owner: Owner;
  /** What to paste. */
  source: string;
  /** A tool of that server, its arguments, and what its answer has in it. */
  call: { tool: string; input: Record<string, unknown>; answer: string };
}

/**
 * What a person does with Catwalk, from signing in to deleting: through the running program alone, over HTTP.
 *
 * @returns false when the registry that has the package is out of reach
 * @throws Error with the step and the answer that was not as it should be
 */
export async function walkMainPath({ url, owner, source, call }: Served): Promise<boolean> {
  const cookie = await signInOverHttp(url, owner);
  const api = async <T>(method: string, path: string, expected: number, body?: unknown): Promise<T> => {
    const response = await fetch(url + path, {
      method,
      headers: { cookie, origin: url, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(STEP_WITHIN_MS),
    });
    const text = await response.text();
    if (response.status !== expected) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text === "" ? "null" : text);
  };
  const analysis = await api<Analysis>("POST", "/api/analyze", 200, { repo_url: source }).catch((error: Error) => {
    if (/: 502 /.test(error.message)) return null;
    throw error;
  });
  if (analysis === null) return false;
  const created = await api<DeploymentView>("POST", "/api/deployments", 201, { analysis_id: analysis.id, inputs: {} });
  const path = `/api/deployments/${created.id}`;
  const live = await untilEnd(() => api<DeploymentView>("GET", path, 200));
  if (live.status !== "live") throw new Error(`${source} is ${live.status}: ${JSON.stringify(live.error)}`);
  const { key } = await api<{ key: string }>("POST", `${path}/keys`, 201, { name: "CI" });
  const { client, text, close } = await connectClient(live.url, key);
  const { tools } = await client.listTools();
  if (!tools.some((tool) => tool.name === call.tool)) throw new Error(`${source} has no tool ${call.tool}`);
  const answer = await text(call.tool, call.input);
  if (!answer.includes(call.answer)) throw new Error(`${call.tool} answers ${answer}`);
  await close();
  await api("DELETE", path, 202);
  const isGone = async () => (await fetch(url + path, { headers: { cookie } })).status === 404;
  for (const end = Date.now() + STEP_WITHIN_MS; !(await isGone()); await delay(200)) {
    if (Date.now() > end) throw new Error(`${source} is not gone`);
  }
  return true;
}

async function untilEnd(look: () => Promise<DeploymentView>): Promise<DeploymentView> {
  for (const end = Date.now() + STEP_WITHIN_MS; ; await delay(500)) {
    const view = await look();
    if (!/^(pending|deploying)$/.test(view.status) || Date.now() > end) return view;
  }
}
