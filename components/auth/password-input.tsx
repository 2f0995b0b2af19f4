"use client";

import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";

/** Help for the field of a new password. */
export const PASSWORD_HELP = "At least 12 characters. Several words are better than many symbols.";

/** Field for a password or another secret, with a button that shows the typed text. */
export function PasswordInput({ className, ...props }: Omit<ComponentProps<"input">, "type">) {
  const [isShown, setIsShown] = useState(false);
  return (
    <div className="relative">
      <Input
        type={isShown ? "text" : "password"}
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        className="pr-11"
        {...props}
      />
      <Button
        variant="ghost"
        size="icon-sm"
        className="-translate-y-1/2 absolute top-1/2 right-0.5"
        aria-label={isShown ? "Hide the typed text" : "Show the typed text"}
        onClick={() => setIsShown(!isShown)}
      >
        {isShown ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />}
      </Button>
    </div>
  );
}
