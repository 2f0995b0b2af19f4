import { locate } from "../fetch/locate.ts";
import { npmClient } from "../fetch/registries/npm.ts";
import { pypiClient } from "../fetch/registries/pypi.ts";
import { warning } from "../inputs/findings.ts";
import { inspect } from "../inspect/inspect.ts";
import { nameInstallScripts } from "../inspect/install-scripts.ts";
import { selectExcerpts } from "../llm/prompt.ts";
import type { Report } from "../progress.ts";
import type { AnalysisContext, Draft } from "../types.ts";
import {
  type LocatedReply,
  MAX_DRAFT_CHARACTERS,
  MAX_SEEN,
  MAX_SEEN_LENGTH,
  type ReadReply,
  type ReadRequest,
} from "./messages.ts";

const MAX_DEMANDED = 1_000;

/** Kept for the process, whose environment does not change, since finding the index of Python's client takes time. */
const registries = { npm: npmClient(), pypi: pypiClient() };

export interface ReadOptions {
  signal: AbortSignal;
  report: Report;
  /** Returns whether the files of the located source are to be read. */
  decide: (source: Omit<LocatedReply, "type">) => Promise<boolean>;
}

/**
 * Finds a source, reads its files and inspects them. Returns null when the files are not needed, because the app knows the result
 * for this revision.
 *
 * @throws AppError source_not_found, ambiguous_source, upstream_unavailable, upstream_rate_limited; the signal's reason
 */
export async function readSource(
  request: ReadRequest,
  { signal, report, decide }: ReadOptions,
): Promise<ReadReply | null> {
  const context: AnalysisContext = {
    gitHub: request.gitHub,
    fetch: globalThis.fetch,
    registries,
    signal,
    report,
  };
  const located = await locate(request.source, context);
  if (!(await decide({ source: located.source, limit: located.limit() }))) return null;
  const { subject, files } = await located.read();
  const { draft, demanded, seen, files: read } = await inspect(subject, files, context);
  return {
    type: "read",
    draft: shorten(await nameInstallScripts(draft, signal)),
    limit: located.limit(),
    demanded: [...demanded].filter((key) => key.length <= 200).slice(0, MAX_DEMANDED),
    seen: {
      paths: listSeen(seen.paths),
      keys: listSeen(seen.keys),
      used: listSeen(seen.used),
      bare: listSeen(seen.bare),
    },
    excerpts: request.wantsExcerpts ? selectExcerpts(draft, read) : [],
  };
}

function listSeen(names: ReadonlySet<string>): string[] {
  return [...names].filter((name) => name.length <= MAX_SEEN_LENGTH).slice(0, MAX_SEEN);
}

/** Leaves out the last inputs of a draft that is too long to hand over, with a warning. */
function shorten(draft: Draft): Draft {
  let characters = JSON.stringify({ ...draft, inputs: [] }).length;
  const inputs = draft.inputs.filter((input) => {
    characters += JSON.stringify(input).length;
    return characters <= MAX_DRAFT_CHARACTERS;
  });
  if (inputs.length === draft.inputs.length) return draft;
  const keys = new Set(inputs.map((input) => input.key));
  const message = `The files name more inputs than Catwalk shows; ${draft.inputs.length - inputs.length} were left out.`;
  return {
    ...draft,
    inputs,
    alternatives: draft.alternatives.filter((group) => group.oneOf.flat().every((key) => keys.has(key))),
    warnings: [...draft.warnings, warning("inputs_cut", message)].slice(-100),
  };
}
