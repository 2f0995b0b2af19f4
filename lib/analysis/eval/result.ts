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
  const image = draft.warnings.find((one) => one.code === "container_image_only");
  const imageName = /\(([^)]+)\)/.exec(image?.message ?? "")?.[1] ?? null;
  const isImage = draft.kind === "source-only" && imageName !== null;
  const ofTarget = (isArgument: boolean) =>
    draft.inputs
      .filter((input) => (input.target === "arg") === isArgument)
      .map(({ key, required, secret, default: value }) => ({ key, required, secret, default: value }));
  return {
    url,
    kind: isImage ? "stdio" : draft.kind,
    registry: isImage ? "oci" : server.package === null ? "none" : server.runtime,
    package: isImage ? imageName : server.package,
    remote_url: draft.remoteUrl,
    transport_args: server.args,
    env: ofTarget(false).map(({ key, ...rest }) => ({ name: key, ...rest })),
    args: ofTarget(true).map(({ key, ...rest }) => ({ flag: key, ...rest })),
    alternatives: draft.alternatives.map(({ what, oneOf, required }) => ({ what, one_of: oneOf, required })),
  };
}
