"use client";

import { useState } from "react";
import type { Input, Provenance } from "@/lib/analysis/spec";

/** Builds the URL of a place in the source, or returns null when there is none. */
export type EvidenceUrl = (provenance: Provenance) => string | null;

const SHOWN_AT_FIRST = 3;

/** Describes an uncertain finding, or returns null for a certain one. */
function describeConfidence(confidence: number): string | null {
  if (confidence >= 0.85) return null;
  return confidence >= 0.5 ? "probably needed" : "may not be needed";
}

function describePlace({ from, where }: Provenance): string {
  if (from === "model") return `${where} (read by the language model)`;
  if (from === "registry") return `the registry${where ? `, ${where}` : ""}`;
  return where;
}

function Place({ provenance, evidenceUrl }: { provenance: Provenance; evidenceUrl: EvidenceUrl | undefined }) {
  const url = evidenceUrl?.(provenance) ?? null;
  const text = <span className="break-all font-mono text-xs">{describePlace(provenance)}</span>;
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

/** Says where an input was found and how certain that is: "Found in README.md:31, src/index.ts:12 · probably needed". */
export function Evidence({ input, evidenceUrl }: EvidenceProps) {
  const [isOpen, setIsOpen] = useState(false);
  if (input.provenance.length === 0) return null;
  const places = [...new Map(input.provenance.map((each) => [`${each.from} ${each.where}`, each]))];
  const certainty = describeConfidence(input.confidence);
  const shown = isOpen ? places : places.slice(0, SHOWN_AT_FIRST);
  const hidden = places.length - shown.length;
  return (
    <p className="text-muted-foreground text-xs leading-5">
      Found in{" "}
      {shown.map(([key, provenance], index) => (
        <span key={key}>
          {index > 0 && ", "}
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
      {certainty && <span title={`Confidence ${Math.round(input.confidence * 100)} %`}> · {certainty}</span>}
    </p>
  );
}
