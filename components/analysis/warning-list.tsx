"use client";

import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import { useId } from "react";
import { Checkbox } from "@/components/ui/checkbox";
import { Label } from "@/components/ui/label";
import type { Warning } from "@/lib/analysis/spec";

export interface WarningListProps {
  warnings: readonly Warning[];
  accepted: ReadonlySet<string>;
  onAccept: (code: string, isAccepted: boolean) => void;
  /** Shows an error at each required checkbox that is not ticked. */
  isChecked: boolean;
  /** A warning whose subject the person can switch off instead. */
  optOut: { code: string; label: string; isChosen: boolean; onChange: (isChosen: boolean) => void };
}

/** Warnings of the analysis. The person must accept some of them before anything runs. */
export function WarningList({ warnings, accepted, onAccept, isChecked, optOut }: WarningListProps) {
  const id = useId();
  if (warnings.length === 0) return null;
  return (
    <ul aria-label="Warnings" className="grid min-w-0 gap-2">
      {warnings.map(({ code, message, mustAccept }, index) => {
        const boxId = `${id}-${index}`;
        const isMissing = mustAccept && isChecked && !accepted.has(code);
        const Icon = mustAccept ? TriangleAlert : Info;
        return (
          <li
            key={boxId}
            data-must-accept={mustAccept}
            className="group grid min-w-0 grid-cols-[1rem_minmax(0,1fr)] gap-x-3 gap-y-2 rounded-lg border px-4 py-3 leading-5 data-[must-accept=true]:border-warning/35 data-[must-accept=true]:bg-warning-subtle"
          >
            <Icon
              aria-hidden="true"
              className="mt-0.5 size-4 text-muted-foreground group-data-[must-accept=true]:text-warning"
            />
            <p id={`${boxId}-text`} className="min-w-0 break-words">
              {message}
            </p>
            {code === optOut.code && (
              <div className="col-start-2 flex min-h-6 items-center gap-2.5 pointer-coarse:min-h-11">
                <Checkbox
                  id={boxId}
                  checked={optOut.isChosen}
                  onCheckedChange={optOut.onChange}
                  aria-describedby={`${boxId}-text`}
                />
                <Label htmlFor={boxId}>{optOut.label}</Label>
              </div>
            )}
            {mustAccept && (
              <div className="col-start-2 grid gap-1.5">
                <div className="flex min-h-6 items-center gap-2.5 pointer-coarse:min-h-11">
                  <Checkbox
                    id={boxId}
                    checked={accepted.has(code)}
                    onCheckedChange={(checked) => onAccept(code, checked)}
                    aria-describedby={`${boxId}-text${isMissing ? ` ${boxId}-error` : ""}`}
                    aria-invalid={isMissing || undefined}
                  />
                  <Label htmlFor={boxId}>I have checked this and accept it</Label>
                </div>
                {isMissing && (
                  <p id={`${boxId}-error`} className="flex gap-1.5 text-[0.8125rem] text-destructive">
                    <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
                    Accept this before you deploy.
                  </p>
                )}
              </div>
            )}
          </li>
        );
      })}
    </ul>
  );
}
