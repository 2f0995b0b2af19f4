"use client";

import { Play, Square } from "lucide-react";
import { type FormEvent, type KeyboardEvent, type Ref, useId, useMemo, useRef, useState } from "react";
import { ActionButton } from "@/components/deployment/action-button";
import { useDeploymentPage } from "@/components/deployment/context";
import { LongText } from "@/components/deployment/long-text";
import type { ListedTool } from "@/components/deployment/tool-list";
import { formatJson } from "@/components/deployment/tool-result";
import type { ToolRun } from "@/components/deployment/use-tool-runs";
import {
  type Arguments,
  collectArguments,
  createDrafts,
  type Drafts,
  parseArguments,
  toDrafts,
} from "@/components/schema-form/schema-arguments";
import { readFields, type Field as SchemaField } from "@/components/schema-form/schema-fields";
import { SchemaFields, toControlId } from "@/components/schema-form/schema-fields-view";
import { Alert, AlertDescription } from "@/components/ui/alert";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Collapsible, CollapsibleContent, CollapsibleTrigger } from "@/components/ui/collapsible";
import { Field } from "@/components/ui/field";
import { Label } from "@/components/ui/label";
import { Switch } from "@/components/ui/switch";
import { Textarea } from "@/components/ui/textarea";
import { createFollowRun } from "./follow-run";
import { RunView } from "./run-view";

export interface ToolRunnerProps {
  tool: ListedTool;
  /** Displayed run: the latest of this tool, or one from the history. */
  run: ToolRun | null;
  headingRef: Ref<HTMLHeadingElement>;
  onRun: () => void;
}

/** One tool: its description, a form for its arguments, and the result of a run. */
export function ToolRunner({ tool, run, headingRef, onRun }: ToolRunnerProps) {
  const { view, toolRuns } = useDeploymentPage();
  const isRunning = run?.state === "running";
  const isCallable = view.status === "live" || view.status === "sleeping";

  return (
    <section aria-labelledby="tool-name" className="grid min-w-0 gap-5">
      <header className="grid min-w-0 gap-2">
        <h2
          id="tool-name"
          ref={headingRef}
          tabIndex={-1}
          className="scroll-mt-20 break-all font-mono font-semibold text-base leading-6 outline-none"
        >
          {tool.name}
        </h2>
        {tool.title && tool.title !== tool.name && <p className="break-words font-medium">{tool.title}</p>}
        {tool.description && (
          <LongText text={tool.description} limit={1_500} plain className="text-muted-foreground leading-6" />
        )}
        {tool.claims.length > 0 && (
          <p className="flex flex-wrap items-center gap-1.5 text-[0.8125rem] text-muted-foreground">
            The server describes it as:
            {tool.claims.map((claim) => (
              <Badge key={claim} variant="outline">
                {claim}
              </Badge>
            ))}
          </p>
        )}
      </header>
      <ArgumentsForm
        tool={tool}
        earlier={run?.arguments ?? null}
        disabledReason={isCallable ? null : "You can run tools while the deployment is live."}
        isRunning={isRunning}
        onCancel={() => run && toolRuns.cancel(run.id)}
        onSubmit={(args) => {
          toolRuns.run(tool.name, args, createFollowRun(view.id));
          onRun();
        }}
      />
      {run && <RunView key={run.id} run={run} />}
      <Collapsible>
        <CollapsibleTrigger className="text-muted-foreground">Schema</CollapsibleTrigger>
        <CollapsibleContent className="grid gap-3 pt-2">
          <CodeBlock code={formatJson(tool.inputSchema)} label="input schema" />
          {tool.outputSchema !== undefined && <CodeBlock code={formatJson(tool.outputSchema)} label="output schema" />}
        </CollapsibleContent>
      </Collapsible>
    </section>
  );
}

interface ArgumentsFormProps {
  tool: ListedTool;
  /** Arguments of the displayed run, which fill the form at first. */
  earlier: Arguments | null;
  disabledReason: string | null;
  isRunning: boolean;
  onCancel: () => void;
  onSubmit: (args: Arguments) => void;
}

function ArgumentsForm({ tool, earlier, disabledReason, isRunning, onCancel, onSubmit }: ArgumentsFormProps) {
  const fields = useMemo(() => readFields(tool.inputSchema), [tool.inputSchema]);
  const [start] = useState(() => buildStart(fields, earlier));
  const [isRaw, setIsRaw] = useState(start.isRaw);
  const [drafts, setDrafts] = useState<Drafts>(start.drafts);
  const [json, setJson] = useState(start.json);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const form = useRef<HTMLFormElement>(null);
  const idPrefix = useId();
  const jsonId = `${idPrefix}json`;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (disabledReason || isRunning) return;
    if (isRaw || !fields) {
      const parsed = parseArguments(json);
      setErrors(parsed.ok ? {} : { json: parsed.error });
      if (parsed.ok) onSubmit(parsed.arguments);
      else document.getElementById(jsonId)?.focus();
      return;
    }
    const collected = collectArguments(fields, drafts);
    setErrors(collected.ok ? {} : collected.errors);
    if (collected.ok) {
      onSubmit(collected.arguments);
      return;
    }
    const [first] = Object.keys(collected.errors);
    if (first !== undefined) document.getElementById(toControlId(idPrefix, first))?.focus();
  };

  const toggleRaw = (next: boolean) => {
    setErrors({});
    if (!fields) return;
    if (next) {
      const collected = collectArguments(fields, drafts);
      if (collected.ok) setJson(formatJson(collected.arguments));
      setIsRaw(true);
      return;
    }
    const parsed = parseArguments(json);
    const back = parsed.ok ? toDrafts(fields, parsed.arguments) : null;
    if (back) setDrafts(back);
    else if (json.trim() !== "" && json.trim() !== "{}") {
      setErrors({
        json: "The form cannot show all of these arguments. Clear the field to return to the form.",
      });
      return;
    }
    setIsRaw(false);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.current?.requestSubmit();
    }
  };

  return (
    <form ref={form} onSubmit={submit} onKeyDown={onKeyDown} noValidate className="grid min-w-0 gap-5">
      {isRaw || !fields ? (
        <Field
          label="Arguments as JSON"
          htmlFor={jsonId}
          error={errors.json}
          help={fields ? undefined : "A form cannot show this tool’s schema."}
        >
          <Textarea
            value={json}
            rows={6}
            spellCheck={false}
            autoComplete="off"
            placeholder="{ }"
            className="max-h-96 font-mono text-[0.8125rem] leading-5"
            onChange={(event) => {
              setJson(event.target.value);
              setErrors({});
            }}
          />
        </Field>
      ) : fields.length === 0 ? (
        <p className="text-muted-foreground">This tool takes no arguments.</p>
      ) : (
        <SchemaFields
          fields={fields}
          drafts={drafts}
          errors={errors}
          idPrefix={idPrefix}
          onChange={(path, draft) => {
            setDrafts((before) => ({ ...before, [path]: draft }));
            setErrors(({ [path]: _, ...others }) => others);
          }}
        />
      )}
      {disabledReason && (
        <Alert role="note">
          <AlertDescription>{disabledReason}</AlertDescription>
        </Alert>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <ActionButton type="submit" icon={Play} isBusy={isRunning} disabled={disabledReason !== null}>
          Run
        </ActionButton>
        {isRunning && (
          <Button
            variant="outline"
            onClick={() => {
              onCancel();
              // The button disappears with the run, so the focus moves to the one beside it.
              form.current?.querySelector<HTMLElement>("[type=submit]")?.focus();
            }}
          >
            <Square aria-hidden="true" />
            Cancel
          </Button>
        )}
        {fields && (
          <Label className="ml-auto flex items-center gap-2 font-normal text-muted-foreground">
            <Switch checked={isRaw} onCheckedChange={toggleRaw} />
            Edit as JSON
          </Label>
        )}
      </div>
    </form>
  );
}

/** Builds the first state of the form from an earlier run's arguments, or else from the schema's defaults. */
function buildStart(
  fields: SchemaField[] | null,
  earlier: Arguments | null,
): { isRaw: boolean; drafts: Drafts; json: string } {
  const json = earlier ? formatJson(earlier) : "";
  if (!fields) return { isRaw: true, drafts: {}, json };
  if (!earlier) return { isRaw: false, drafts: createDrafts(fields), json };
  const drafts = toDrafts(fields, earlier);
  return { isRaw: drafts === null, drafts: drafts ?? createDrafts(fields), json };
}
