"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { cn } from "@/lib/util/class-names";
import { copyText } from "@/lib/util/copy-text";
import { Button, type ButtonProps } from "./button";
import { toast } from "./toast";

const SHOWN_MS = 2_000;

export interface CopyButtonProps extends Omit<ButtonProps, "value" | "onClick" | "children"> {
  value: string;
  /** Completes the name of the button: "connector URL" is read as "Copy connector URL". */
  label: string;
  /** Shows the word "Copy" beside the icon. */
  showText?: boolean;
}

/** Copies `value` to the clipboard and confirms it, also to screen readers. */
export function CopyButton({ value, label, showText = false, className, variant, size, ...props }: CopyButtonProps) {
  const [copiedAt, setCopiedAt] = useState<number | null>(null);
  useEffect(() => {
    if (copiedAt === null) return;
    const timer = setTimeout(() => setCopiedAt(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copiedAt]);
  const isCopied = copiedAt !== null;
  // Green has too little contrast on a filled button.
  const isFilled = variant === "brand" || variant === "default";

  return (
    <Button
      variant={variant ?? (showText ? "outline" : "ghost")}
      size={size ?? (showText ? "sm" : "icon-sm")}
      // The name begins with the visible word, which is what a person says to voice control.
      aria-label={`${isCopied && showText ? "Copied" : "Copy"} ${label}`}
      // As wide as "Copied" needs, so that nothing beside it moves.
      className={cn("relative", showText && (size === "default" ? "min-w-27" : "min-w-23"), className)}
      onClick={async () => {
        if (await copyText(value)) setCopiedAt(Date.now());
        else toast.error("The browser blocked copying. Select the text and copy it yourself.");
      }}
      {...props}
    >
      {isCopied ? (
        <Check aria-hidden="true" className={cn(!isFilled && "text-success")} />
      ) : (
        <Copy aria-hidden="true" />
      )}
      {showText && (isCopied ? "Copied" : "Copy")}
      <span role="status" className="sr-only">
        {isCopied ? `Copied ${label}` : ""}
      </span>
    </Button>
  );
}
