"use client";

import { KeyRound, Trash2, Undo2, X } from "lucide-react";
import { useId } from "react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { RelativeTime } from "@/components/ui/relative-time";
import { type ExtraInput, proposeFile } from "@/lib/deployments/inputs/extra-inputs";
import { Disagreements, Evidence, type EvidenceUrl } from "./evidence";
import { InputControl } from "./input-control";
import { type FormInput, toInputName } from "./input-groups";
import { describeTarget } from "./input-target";
import type { InputsFormState } from "./use-inputs-form";

export interface InputFieldProps {
  input: FormInput;
  form: InputsFormState;
  evidenceUrl?: EvidenceUrl | undefined;
  /** It belongs to a choice, which is waived as a whole. */
  isGrouped?: boolean;
  /** Adds a file in the place of its path. Absent where the form takes no further inputs. */
  onGiveFile?: ((file: ExtraInput) => void) | undefined;
  /** Puts the cursor into the field once it appears. */
  takesFocus?: boolean;
  /** Removes an input that the person added. Absent for all others. */
  onDiscard?: (() => void) | undefined;
}

/** Field of one input: its control, or the state of a stored secret, with help, error and evidence. */
export function InputField({
  input,
  form,
  evidenceUrl,
  isGrouped = false,
  onGiveFile,
  takesFocus,
  onDiscard,
}: InputFieldProps) {
  const id = useId();
  const { key } = input;
  const name = toInputName(input);
  const place = describeTarget(input);
  const isStoredSecret = Boolean(input.isSet && input.secret);
  const advice = form.errorOf(key) ? null : form.adviceOf(input);
  const homePath = proposeHomePath(input);
  const file = onGiveFile && !input.isSet ? proposeFile(input) : null;
  const isWaivable = input.required && !isGrouped && !input.isSet;
  const isResting = isStoredSecret && !form.isReplacing(key);

  return (
    <Field
      htmlFor={id}
      label={name === key ? <span className="break-all font-mono text-[0.8125rem]">{key}</span> : name}
      required={input.required}
      error={form.errorOf(key)}
      aside={
        <span className="flex items-center gap-2">
          {place.code !== null && name.toLowerCase() !== key.toLowerCase() && (
            <code className="break-all font-mono">{place.code}</code>
          )}
          {place.words}
          {isStoredSecret && !isResting && (
            <Button variant="link" size="sm" className="h-5! text-xs!" onClick={() => form.keep(key)}>
              <Undo2 aria-hidden="true" />
              Keep the stored value
            </Button>
          )}
          {onDiscard && (
            <Button variant="ghost" size="icon-sm" aria-label={`Remove ${key}`} className="-my-1.5" onClick={onDiscard}>
              <X aria-hidden="true" />
            </Button>
          )}
        </span>
      }
      help={
        (input.description || input.provenance.length > 0 || advice || isWaivable || homePath !== null || file) && (
          <>
            {advice && <p className="text-foreground">{advice}</p>}
            {input.description && input.description !== name && <p>{input.description}</p>}
            <div className="flex flex-wrap gap-x-4">
              {homePath !== null && form.valueOf(input) === "" && (
                <Button
                  variant="link"
                  size="sm"
                  className="h-5! px-0! text-xs! pointer-coarse:h-11!"
                  onClick={() => form.change(key, homePath)}
                >
                  Use {homePath}, in the server’s home
                </Button>
              )}
              {file && form.valueOf(input) === "" && (
                <Button
                  variant="link"
                  size="sm"
                  className="h-5! px-0! text-xs! pointer-coarse:h-11!"
                  onClick={() => onGiveFile?.(file)}
                >
                  Paste the file’s content instead<span className="sr-only">: {name}</span>
                </Button>
              )}
              {isWaivable && (
                <Button
                  variant="link"
                  size="sm"
                  className="h-5! px-0! text-xs! pointer-coarse:h-11!"
                  onClick={() => form.waive(key)}
                >
                  This server does not need it<span className="sr-only">: {name}</span>
                </Button>
              )}
            </div>
            <Evidence input={input} evidenceUrl={evidenceUrl} />
            {input.disagreements && <Disagreements disagreements={input.disagreements} evidenceUrl={evidenceUrl} />}
          </>
        )
      }
    >
      {isResting ? (
        <StoredSecret input={input} id={id} form={form} />
      ) : (
        <InputControl
          input={input}
          id={id}
          value={form.valueOf(input)}
          takesFocus={takesFocus}
          onChange={(value) => form.change(key, value)}
          onBlur={() => form.blur(key)}
        />
      )}
    </Field>
  );
}

const PATH_WORDS = new Set(["file", "path", "dir", "directory", "folder"]);

/** Proposes a place in the server's home for a path: "{home}/memory" for MEMORY_FILE_PATH. Null where no path is meant. */
function proposeHomePath({ key, type, target }: FormInput): string | null {
  if (type !== "path" || target === "file") return null;
  const words = key.toLowerCase().split(/[^a-z0-9]+/);
  const last = words.findLastIndex((word) => word !== "" && !PATH_WORDS.has(word));
  const name = words
    .slice(0, last + 1)
    .filter((word) => word !== "")
    .join("-");
  return `{home}/${name || "data"}`;
}

function StoredSecret({ input, id, form }: { input: FormInput; id: string; form: InputsFormState }) {
  const name = toInputName(input);
  const isRemoved = form.isRemoved(input.key);
  return (
    <div className="flex min-h-9 min-w-0 items-center gap-2 rounded-md border border-dashed bg-muted/50 py-0.5 pr-0.5 pl-3 pointer-coarse:min-h-11">
      <KeyRound aria-hidden="true" className="size-4 shrink-0 text-muted-foreground" />
      <span className="min-w-0 flex-1 text-[0.8125rem] text-muted-foreground">
        {isRemoved ? (
          "Will be removed"
        ) : (
          <>
            Set <RelativeTime value={input.updatedAt ?? null} fallback="" />
          </>
        )}
      </span>
      {isRemoved ? (
        <Button id={id} variant="ghost" size="sm" onClick={() => form.keep(input.key)}>
          <Undo2 aria-hidden="true" />
          Keep
        </Button>
      ) : (
        <>
          <Button
            id={id}
            variant="ghost"
            size="sm"
            aria-label={`Replace ${name}`}
            onClick={() => form.change(input.key, "")}
          >
            Replace
          </Button>
          {!input.required && (
            <Button variant="ghost" size="icon-sm" aria-label={`Remove ${name}`} onClick={() => form.remove(input.key)}>
              <Trash2 aria-hidden="true" />
            </Button>
          )}
        </>
      )}
    </div>
  );
}
