"use client";

import { useState } from "react";
import type { Input, Provenance } from "@/lib/analysis/spec";

/** The page that shows a place of the source, or null where there is none. */
export type EvidenceUrl = (provenance: Provenance) => string | null;

const SHOWN_AT_FIRST = 3;

function describeConfidence(confidence: number): string {
  if (confidence >= 0.85) return "certain";
  return confidence >= 0.5 ? "likely" : "a guess";
}

function describePlace({ from, where }: Provenance): string {
  if (from === "model") return `${where} (read by the language model)`;
  if (from === "registry") return `the registry’s entry${where ? `, ${where}` : ""}`;
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

/** Where an input was found and how sure that is, quietly: "Found in README.md:31, src/index.ts:12 · likely". */
export function Evidence({ input, evidenceUrl }: EvidenceProps) {
  const [isOpen, setIsOpen] = useState(false);
  if (input.provenance.length === 0) return null;
  const places = [...new Map(input.provenance.map((each) => [`${each.from} ${each.where}`, each]))];
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
      <span title={`Confidence ${Math.round(input.confidence * 100)} %`}>
        {" "}
        · {describeConfidence(input.confidence)}
      </span>
    </p>
  );
}
