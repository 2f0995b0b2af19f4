"use client";

import { Eye, EyeOff } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";

/** What a new password has to be, below its field. */
export const PASSWORD_HELP = "At least 12 characters. Several words are better than many symbols.";

/** A field for a password or another secret, with a button that shows what was typed. */
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
        aria-label={isShown ? "Hide what is typed" : "Show what is typed"}
        onClick={() => setIsShown(!isShown)}
      >
        {isShown ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />}
      </Button>
    </div>
  );
}
