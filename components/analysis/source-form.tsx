"use client";

import { ArrowRight } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Spinner } from "@/components/ui/spinner";
import { cn } from "@/lib/util/class-names";
import { checkSource } from "./check-source";

export interface SourceFormProps {
  /** Text that the page puts into the field. A new one replaces what was typed. */
  source?: string;
  /** Receives the text once its form is valid. */
  onAnalyze: (source: string) => void;
  /** Error of the analysis that belongs to this field, such as "There is no such repository." */
  error?: string | null;
  isBusy?: boolean;
  autoFocus?: boolean;
}

/** Field for a source. Shows a problem with its form right after a paste, or when the field loses the focus. */
export function SourceForm({ source = "", onAnalyze, error = null, isBusy = false, autoFocus }: SourceFormProps) {
  const id = useId();
  const box = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(source);
  const [isChecked, setIsChecked] = useState(false);
  const [shownError, setShownError] = useState(error);
  const [given, setGiven] = useState({ source, error });
  if (given.source !== source || given.error !== error) {
    setGiven({ source, error });
    setShownError(error);
    if (given.source !== source) setText(source);
  }
  useEffect(() => {
    if (error !== null) box.current?.focus();
  }, [error]);
  const problem = isChecked ? checkSource(text) : null;

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setIsChecked(true);
        if (isBusy) return;
        if (checkSource(text) === null) onAnalyze(text.trim());
        else box.current?.focus();
      }}
    >
      <Field
        label="Repository or package"
        htmlFor={id}
        error={problem ?? shownError}
        help={
          <>
            A GitHub URL (also of a folder), <code className="font-mono">owner/repository</code>,{" "}
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
            readOnly={isBusy}
            className="h-11 font-mono text-base md:text-sm"
            onChange={(event) => {
              setText(event.target.value);
              setShownError(null);
              if (event.target.value === "") setIsChecked(false);
            }}
            onPaste={() => setIsChecked(true)}
            onBlur={() => setIsChecked(text.trim() !== "")}
          />
          <Button
            type="submit"
            variant="brand"
            size="lg"
            aria-disabled={isBusy}
            aria-label={isBusy ? "Analyzing" : undefined}
          >
            {/* The hidden word keeps the width of the button. */}
            <span className="grid">
              <span className={cn("col-start-1 row-start-1 flex items-center gap-2", isBusy && "invisible")}>
                Analyze
                <ArrowRight aria-hidden="true" />
              </span>
              {isBusy && <Spinner className="col-start-1 row-start-1 place-self-center" />}
            </span>
          </Button>
        </div>
      </Field>
    </form>
  );
}
