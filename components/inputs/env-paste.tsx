"use client";

import { ClipboardPaste } from "lucide-react";
import { useId, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/textarea";
import { IGNORED_BY_PASSWORD_MANAGERS } from "./secret-input";
import type { InputsFormState } from "./use-inputs-form";

export interface EnvPasteProps {
  form: InputsFormState;
  /** Receives pairs without a field. When absent, such pairs are only listed. */
  onAdd?: ((unknown: Record<string, string>) => void) | undefined;
}

interface Outcome {
  filled: number;
  unknown: Record<string, string>;
}

function describeOutcome({ filled, unknown }: Outcome): string {
  const count = Object.keys(unknown).length;
  if (filled === 0 && count === 0) return "The text has no KEY=VALUE lines.";
  const fields = filled === 1 ? "Filled 1 field" : `Filled ${filled} fields`;
  if (count === 0) return `${fields}.`;
  return `${filled === 0 ? "Filled no field" : fields}. No field exists for:`;
}

/** Fills the fields from the text of a `.env` file. Does not keep the text. */
export function EnvPaste({ form, onAdd }: EnvPasteProps) {
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  const opener = useRef<HTMLButtonElement>(null);

  const apply = () => {
    const text = box.current?.value ?? "";
    const { filled, unknown } = form.fill(text);
    setOutcome({ filled: filled.length, unknown });
    if (filled.length === 0 && Object.keys(unknown).length === 0) return;
    setIsOpen(false);
    opener.current?.focus();
  };
  const unknownKeys = Object.keys(outcome?.unknown ?? {});

  return (
    <div className="grid min-w-0 gap-3">
      <Button
        ref={opener}
        variant="outline"
        size="sm"
        aria-expanded={isOpen}
        aria-controls={`${id}-panel`}
        className="justify-self-start"
        onClick={() => {
          setIsOpen(!isOpen);
          setOutcome(null);
        }}
      >
        <ClipboardPaste aria-hidden="true" />
        Paste a .env
      </Button>
      {isOpen && (
        <div id={`${id}-panel`} className="grid gap-3 rounded-lg border bg-muted/40 p-4">
          <Field
            label="The text of your .env"
            htmlFor={id}
            help="Fills the fields below. The text stays in your browser."
          >
            <Textarea
              ref={box}
              autoFocus
              rows={5}
              placeholder={"API_KEY=…\nREGION=eu"}
              {...IGNORED_BY_PASSWORD_MANAGERS}
              className="max-h-60 font-mono text-[0.8125rem]!"
            />
          </Field>
          <div className="flex flex-wrap gap-2">
            <Button size="sm" onClick={apply}>
              Fill the fields
            </Button>
            <Button
              size="sm"
              variant="ghost"
              onClick={() => {
                setIsOpen(false);
                opener.current?.focus();
              }}
            >
              Cancel
            </Button>
          </div>
        </div>
      )}
      <div role="status" className="grid gap-2 text-[0.8125rem] text-muted-foreground leading-5 empty:hidden">
        {outcome && (
          <>
            <p>
              {describeOutcome(outcome)}{" "}
              {unknownKeys.map((key, index) => (
                <span key={key}>
                  {index > 0 && ", "}
                  <code className="break-all font-mono text-foreground text-xs">{key}</code>
                </span>
              ))}
            </p>
            {onAdd && unknownKeys.length > 0 && (
              <Button
                size="sm"
                variant="outline"
                className="justify-self-start"
                onClick={() => {
                  onAdd(outcome.unknown);
                  setOutcome(null);
                }}
              >
                Add {unknownKeys.length === 1 ? "it" : "them"} anyway
              </Button>
            )}
          </>
        )}
      </div>
    </div>
  );
}
