import type { Draft } from "../types.ts";

/** One analysis in the form that a list's score.mjs reads. */
export interface ScoredResult {
  url: string;
  kind: string;
  registry: string;
  package: string | null;
  remote_url: string | null;
  transport_args: string[];
  env: { name: string; required: boolean; secret: boolean; default: string | null }[];
  args: { flag: string; required: boolean; secret: boolean; default: string | null }[];
  alternatives: { what: string; one_of: string[][]; required: boolean }[];
}

/** Converts an analysis into the form of the list. */
export function toScoredResult(url: string, draft: Draft): ScoredResult {
  const { server } = draft;
  const ofTarget = (isArgument: boolean) =>
    draft.inputs
      .filter((input) => (input.target === "arg") === isArgument)
      .map(({ key, required, secret, default: value }) => ({ key, required, secret, default: value }));
  return {
    url,
    kind: draft.kind,
    registry: server.package === null ? "none" : server.runtime,
    package: server.package,
    remote_url: draft.remoteUrl,
    transport_args: server.args,
    env: ofTarget(false).map(({ key, ...rest }) => ({ name: key, ...rest })),
    args: ofTarget(true).map(({ key, ...rest }) => ({ flag: key, ...rest })),
    alternatives: draft.alternatives.map(({ what, oneOf, required }) => ({ what, one_of: oneOf, required })),
  };
}
