"use client";

import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { cn } from "@/lib/util/class-names";

export interface SecretInputProps extends Omit<ComponentProps<"input">, "type" | "onChange" | "onBlur"> {
  /** Completes the name of the button: "Show API key". */
  label: string;
  /** Accepts several lines, such as a key file or JSON. */
  multiline?: boolean;
  onValueChange: (value: string) => void;
  onBlur?: () => void;
}

/** Props that keep password managers away, since the values are credentials of a server and not of a person. */
export const IGNORED_BY_PASSWORD_MANAGERS = {
  autoComplete: "off",
  autoCapitalize: "none",
  autoCorrect: "off",
  spellCheck: false,
  "data-1p-ignore": true,
  "data-bwignore": true,
  "data-lpignore": "true",
} as const;

/** Field for a secret. Hides the typed text and can show it until it is saved. */
export function SecretInput({
  label,
  multiline = false,
  onValueChange,
  onBlur,
  className,
  value,
  id,
  autoFocus,
  ...props
}: SecretInputProps) {
  const [isShown, setIsShown] = useState(false);
  return (
    <div className="relative min-w-0">
      {multiline ? (
        <Textarea
          id={id}
          value={value}
          placeholder={props.placeholder}
          onChange={(event) => onValueChange(event.target.value)}
          onBlur={onBlur}
          autoFocus={autoFocus}
          rows={4}
          {...IGNORED_BY_PASSWORD_MANAGERS}
          className={cn(
            "max-h-60 resize-y pr-12 font-mono text-[0.8125rem]!",
            !isShown && "[-webkit-text-security:disc]",
            className,
          )}
        />
      ) : (
        <Input
          id={id}
          type={isShown ? "text" : "password"}
          value={value}
          onChange={(event) => onValueChange(event.target.value)}
          onBlur={onBlur}
          {...IGNORED_BY_PASSWORD_MANAGERS}
          {...props}
          className={cn("pr-12 font-mono", className)}
        />
      )}
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label={`${isShown ? "Hide" : "Show"} ${label}`}
        aria-pressed={isShown}
        onClick={() => setIsShown(!isShown)}
        className="absolute top-0.5 right-0.5 pointer-coarse:top-0 pointer-coarse:right-0"
      >
        {isShown ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />}
      </Button>
    </div>
  );
}
