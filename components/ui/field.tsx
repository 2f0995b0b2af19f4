"use client";

import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/lib/util/class-names";
import { FieldContext } from "./field-control";
import { Label } from "./label";

export interface FieldProps {
  label: ReactNode;
  /** The id of the control inside. */
  htmlFor: string;
  help?: ReactNode;
  error?: string | null | undefined;
  required?: boolean;
  /** Quiet text at the end of the label's line. */
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A label, a control, its help and its error. Controls of components/ui inside are described by help and error by themselves. */
export function Field({ label, htmlFor, help, error, required = false, aside, className, children }: FieldProps) {
  const describedBy = [help && `${htmlFor}-help`, error && `${htmlFor}-error`].filter(Boolean).join(" ") || undefined;
  return (
    <FieldContext value={{ id: htmlFor, describedBy, invalid: Boolean(error), required }}>
      <div className={cn("flex min-w-0 flex-col gap-1.5", className)} data-slot="field">
        <div className="flex min-w-0 flex-wrap items-baseline justify-between gap-x-3 gap-y-1">
          <Label htmlFor={htmlFor}>
            {label}
            {required && (
              <span aria-hidden="true" className="ml-0.5 text-brand" title="Required">
                *
              </span>
            )}
          </Label>
          {aside && <div className="text-muted-foreground text-xs">{aside}</div>}
        </div>
        {children}
        {error && (
          <p id={`${htmlFor}-error`} className="flex gap-1.5 text-[0.8125rem] text-destructive leading-5">
            <CircleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
            <span className="min-w-0 break-words">{error}</span>
          </p>
        )}
        {help && (
          <div id={`${htmlFor}-help`} className="min-w-0 break-words text-[0.8125rem] text-muted-foreground leading-5">
            {help}
          </div>
        )}
      </div>
    </FieldContext>
  );
}
