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
  /** What the box holds from outside; a new one replaces what was typed. */
  source?: string;
  /** Gets what was pasted, once it is well-formed. */
  onAnalyse: (source: string) => void;
  /** A sentence from further on that belongs to this field: "There is no such repository." */
  error?: string | null;
  isBusy?: boolean;
  autoFocus?: boolean;
}

/** The box that a source is pasted into. What is not well-formed is said at once after a paste, else when the box is left. */
export function SourceForm({ source = "", onAnalyse, error = null, isBusy = false, autoFocus }: SourceFormProps) {
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
        if (checkSource(text) === null) onAnalyse(text.trim());
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
            aria-label={isBusy ? "Analysing" : undefined}
          >
            {/* Both words keep their room, so that the button stays as wide as it is. */}
            <span className="grid">
              <span className={cn("col-start-1 row-start-1 flex items-center gap-2", isBusy && "invisible")}>
                Analyse
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
