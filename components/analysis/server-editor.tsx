"use client";

import { Pencil, Plus, X } from "lucide-react";
import { useId, useState } from "react";
import { maskArguments } from "@/components/inputs/mask-arguments";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { Server } from "@/lib/analysis/spec";
import type { ServerDraft, ServerProblems } from "./server-draft";

export interface ServerEditorProps {
  /** The analyzed server. Its program, module and extras hold as long as the package is the same. */
  server: Server;
  draft: ServerDraft;
  onChange: (draft: ServerDraft) => void;
  problems: ServerProblems;
  startsOpen?: boolean;
}

const PLAIN_TEXT = { autoComplete: "off", autoCapitalize: "none", autoCorrect: "off", spellCheck: false } as const;

/** Shows the package, its exact version and the arguments that will run, and lets the person change them. */
export function ServerEditor({ server, draft, onChange, problems, startsOpen = false }: ServerEditorProps) {
  const id = useId();
  const [isOpen, setIsOpen] = useState(startsOpen);
  const isEditing = isOpen || Object.keys(problems).length > 0;
  const isAnalyzed = draft.package === server.package && draft.runtime === server.runtime;
  const { program, module, extras = [] } = isAnalyzed ? server : {};

  return (
    <section aria-labelledby={`${id}-title`} className="grid min-w-0 gap-4">
      <div className="flex items-center justify-between gap-3">
        <h2 id={`${id}-title`} className="font-semibold text-base">
          What runs
        </h2>
        {!isEditing && (
          <Button variant="ghost" size="sm" onClick={() => setIsOpen(true)}>
            <Pencil aria-hidden="true" />
            Edit
          </Button>
        )}
      </div>
      {isEditing ? (
        <div className="grid min-w-0 gap-5 rounded-lg border p-4">
          <div className="grid min-w-0 gap-5 sm:grid-cols-[7rem_minmax(0,1fr)_9rem]">
            <Field label="Registry" htmlFor={`${id}-runtime`}>
              <Select
                value={draft.runtime}
                onValueChange={(runtime) => onChange({ ...draft, runtime: runtime === "pypi" ? "pypi" : "npm" })}
                options={[
                  { value: "npm", label: "npm" },
                  { value: "pypi", label: "PyPI" },
                ]}
              />
            </Field>
            <Field label="Package" htmlFor={`${id}-package`} error={problems.package} required>
              <Input
                value={draft.package}
                {...PLAIN_TEXT}
                className="font-mono"
                onChange={(event) => onChange({ ...draft, package: event.target.value.trim() })}
              />
            </Field>
            <Field label="Exact version" htmlFor={`${id}-version`} error={problems.version} required>
              <Input
                value={draft.version}
                placeholder="1.2.3"
                {...PLAIN_TEXT}
                className="font-mono"
                onChange={(event) => onChange({ ...draft, version: event.target.value.trim() })}
              />
            </Field>
          </div>
          <ArgumentsEditor
            args={draft.args}
            onChange={(args) => onChange({ ...draft, args })}
            problem={problems.args}
            id={id}
          />
        </div>
      ) : (
        <dl className="grid min-w-0 gap-x-6 rounded-lg border bg-muted/40 sm:gap-y-2 px-4 py-3 text-[0.8125rem] sm:grid-cols-[6rem_minmax(0,1fr)]">
          <dt className="text-muted-foreground">Package</dt>
          <dd className="wrap-anywhere min-w-0 font-mono max-sm:mb-1.5">
            {draft.package}
            {extras.length > 0 && `[${extras.join(",")}]`}
            <wbr />
            <span className="text-muted-foreground">
              {draft.runtime === "npm" ? "@" : "=="}
              {draft.version}
            </span>
            <span className="ml-2 font-sans text-muted-foreground">
              from {draft.runtime === "npm" ? "npm" : "PyPI"}
            </span>
          </dd>
          {(program || module) && (
            <>
              <dt className="text-muted-foreground">{module ? "Module" : "Program"}</dt>
              <dd className="wrap-anywhere min-w-0 font-mono max-sm:mb-1.5">{module || program}</dd>
            </>
          )}
          <dt className="text-muted-foreground">Arguments</dt>
          <dd className="min-w-0 break-all font-mono">
            {draft.args.length > 0 ? (
              <span className="flex flex-wrap gap-1">
                {maskArguments(draft.args).map((arg, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: an argument has no identity but its position
                  <code key={index} className="rounded-sm bg-muted px-1.5">
                    {arg === "" ? "“”" : arg}
                  </code>
                ))}
              </span>
            ) : (
              <span className="font-sans text-muted-foreground">none</span>
            )}
          </dd>
        </dl>
      )}
    </section>
  );
}

interface ArgumentsEditorProps {
  args: string[];
  onChange: (args: string[]) => void;
  problem: string | undefined;
  id: string;
}

function ArgumentsEditor({ args, onChange, problem, id }: ArgumentsEditorProps) {
  return (
    <fieldset className="grid min-w-0 gap-2">
      <legend className="mb-1.5 font-medium text-sm leading-5">Arguments</legend>
      {args.map((arg, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an argument has no identity but its position
        <div key={index} className="flex min-w-0 gap-1">
          <Input
            id={`${id}-arg-${index}`}
            aria-label={`Argument ${index + 1}`}
            aria-invalid={problem ? true : undefined}
            value={arg}
            {...PLAIN_TEXT}
            className="font-mono"
            onChange={(event) => onChange(args.with(index, event.target.value))}
          />
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Remove argument ${index + 1}`}
            onClick={() => onChange(args.toSpliced(index, 1))}
          >
            <X aria-hidden="true" />
          </Button>
        </div>
      ))}
      {problem && <p className="text-[0.8125rem] text-destructive">{problem}</p>}
      <Button
        variant="outline"
        size="sm"
        className="justify-self-start"
        disabled={args.length >= 100}
        onClick={() => onChange([...args, ""])}
      >
        <Plus aria-hidden="true" />
        Add an argument
      </Button>
    </fieldset>
  );
}
