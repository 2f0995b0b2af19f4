"use client";

import { useState } from "react";
import type { Disagreement, Input, Provenance } from "@/lib/analysis/spec";
import { describeConfidence, describePlace } from "./evidence-words";

/** Builds the URL of a place in the source, or returns null when there is none. */
export type EvidenceUrl = (provenance: Provenance) => string | null;

const SHOWN_AT_FIRST = 3;

function Place({ provenance, evidenceUrl }: { provenance: Provenance; evidenceUrl: EvidenceUrl | undefined }) {
  const url = evidenceUrl?.(provenance) ?? null;
  const text = <span className="break-words">{describePlace(provenance)}</span>;
  if (url === null) return text;
  return (
    <a
      href={url}
      target="_blank"
      rel="noreferrer"
      className="rounded-sm underline decoration-muted-foreground/40 underline-offset-3 outline-none hover:text-foreground hover:decoration-current focus-visible:ring-2 focus-visible:ring-ring"
    >
      {text}
      <span className="sr-only"> (opens in a new tab)</span>
    </a>
  );
}

export interface EvidenceProps {
  input: Input;
  evidenceUrl: EvidenceUrl | undefined;
}

/** Says where an input was found and how certain that is: "Found in README, line 31; src/index.ts, line 12 · certain". */
export function Evidence({ input, evidenceUrl }: EvidenceProps) {
  const [isOpen, setIsOpen] = useState(false);
  if (input.provenance.length === 0) return null;
  const started = input.provenance.find(({ from }) => from === "start");
  const read = input.provenance.filter(({ from }) => from !== "start");
  const places = [...new Map(read.map((each) => [`${each.from} ${each.where}`, each]))];
  const certainty = describeConfidence(input);
  const shown = isOpen ? places : places.slice(0, SHOWN_AT_FIRST);
  const hidden = places.length - shown.length;
  if (places.length === 0 && started)
    return (
      <p>
        <AskedAtStart said={started.where} />
      </p>
    );
  if (places.length === 0) return null;
  return (
    <p className="text-muted-foreground text-xs leading-5">
      {started && (
        <>
          <AskedAtStart said={started.where} />{" "}
        </>
      )}
      Found in{" "}
      {shown.map(([key, provenance], index) => (
        <span key={key}>
          {index > 0 && "; "}
          <Place provenance={provenance} evidenceUrl={evidenceUrl} />
        </span>
      ))}
      {hidden > 0 && (
        <button
          type="button"
          onClick={() => setIsOpen(true)}
          className="ml-1 rounded-sm underline underline-offset-3 outline-none hover:text-foreground focus-visible:ring-2 focus-visible:ring-ring"
        >
          and {hidden} more
        </button>
      )}
      <span title={`Confidence ${Math.round(input.confidence * 100)} %`}> · {certainty}</span>
    </p>
  );
}

const FACT_WORDS: Record<Disagreement["fact"], string> = {
  required: "whether it is required",
  default: "the value without it",
};

export interface DisagreementsProps {
  disagreements: readonly Disagreement[];
  evidenceUrl: EvidenceUrl | undefined;
}

/** Says on what the sources disagree, with the claim of each. */
export function Disagreements({ disagreements, evidenceUrl }: DisagreementsProps) {
  return disagreements.map(({ fact, claims }) => (
    <p key={fact} className="text-foreground text-xs leading-5">
      Sources disagree on {FACT_WORDS[fact]}:{" "}
      {claims.map((claim, index) => (
        <span key={claim.value}>
          {index > 0 && "; "}
          <span className={fact === "default" ? "break-all font-mono" : undefined}>{claim.value}</span> in{" "}
          <Place provenance={claim} evidenceUrl={evidenceUrl} />
        </span>
      ))}
      .
    </p>
  ));
}

/**
 * The server itself asked for the input when it exited at its start: this deployment's, with its words, or an earlier one of the
 * same version.
 */
function AskedAtStart({ said }: { said: string }) {
  return (
    <span className="break-words text-muted-foreground text-xs leading-5">
      {said === "" ? (
        "The server asked for it when this version was started before."
      ) : (
        <>
          The server asked for it at its start: <q className="font-mono">{said.replace(/\.$/, "")}</q>.
        </>
      )}
    </span>
  );
}
