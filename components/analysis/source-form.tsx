"use client";

import { ArrowRight } from "lucide-react";
import { type ReactNode, useId, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { sourceProblem } from "./check-source";

export interface SourceFormProps {
  defaultValue?: string;
  /** Gets what was pasted, once it is well-formed. */
  onAnalyse: (source: string) => void;
  /** A sentence from further on that belongs to this field: "There is no such repository." */
  error?: string | null;
  /** Replaces the button: the Cancel of a run. */
  action?: ReactNode;
  disabled?: boolean;
  autoFocus?: boolean;
}

/** The box that a source is pasted into. What is not well-formed is said at once after a paste, else when the box is left. */
export function SourceForm({ defaultValue = "", onAnalyse, error, action, disabled, autoFocus }: SourceFormProps) {
  const id = useId();
  const box = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(defaultValue);
  const [isChecked, setIsChecked] = useState(false);
  const [shownError, setShownError] = useState(error);
  const [lastError, setLastError] = useState(error);
  if (error !== lastError) {
    setLastError(error);
    setShownError(error);
  }
  const problem = isChecked ? sourceProblem(text) : null;

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setIsChecked(true);
        if (sourceProblem(text) === null) onAnalyse(text.trim());
        else box.current?.focus();
      }}
    >
      <Field
        label="Repository or package"
        htmlFor={id}
        error={problem ?? shownError}
        help={
          <>
            A GitHub URL (a folder in it, too), <code className="font-mono">owner/repository</code>,{" "}
            <code className="font-mono">npm:NAME</code> or <code className="font-mono">pypi:NAME</code>
          </>
        }
      >
        <div className="flex gap-2 max-sm:flex-col">
          <Input
            ref={box}
            name="source"
            value={text}
            placeholder="https://github.com/owner/repository"
            inputMode="url"
            autoComplete="off"
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            autoFocus={autoFocus}
            disabled={disabled}
            className="h-11 font-mono text-base md:text-sm"
            onChange={(event) => {
              setText(event.target.value);
              setShownError(null);
              if (event.target.value === "") setIsChecked(false);
            }}
            onPaste={() => setIsChecked(true)}
            onBlur={() => setIsChecked(text.trim() !== "")}
          />
          {action ?? (
            <Button type="submit" variant="brand" size="lg" disabled={disabled}>
              Analyse
              <ArrowRight aria-hidden="true" />
            </Button>
          )}
        </div>
      </Field>
    </form>
  );
}
