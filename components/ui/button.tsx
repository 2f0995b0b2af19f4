import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { cn } from "@/lib/util/class-names";
import { buttonClasses, defaultSizeClasses, defaultVariantClasses } from "./button-classes";

export const buttonVariants = cva(buttonClasses, {
  variants: {
    variant: {
      default: defaultVariantClasses,
      brand: "bg-brand text-brand-foreground hover:bg-brand-hover",
      destructive: "bg-destructive text-destructive-foreground hover:bg-destructive-hover",
      outline: "border border-input bg-card text-foreground hover:bg-accent hover:text-accent-foreground",
      secondary: "bg-secondary text-secondary-foreground hover:bg-accent",
      ghost: "text-muted-foreground hover:bg-accent hover:text-accent-foreground",
      link: "px-0 text-brand underline-offset-4 hover:underline",
    },
    size: {
      default: defaultSizeClasses,
      sm: "h-8 gap-1.5 px-3 text-[0.8125rem] pointer-coarse:h-11",
      lg: "h-11 gap-2 px-6 text-sm",
      icon: "size-9 gap-2 text-sm pointer-coarse:size-11",
      "icon-sm": "size-8 gap-2 text-sm pointer-coarse:size-11",
    },
  },
  defaultVariants: { variant: "default", size: "default" },
});

export type ButtonProps = ComponentProps<"button"> & VariantProps<typeof buttonVariants>;

/** A button. Its type is "button" unless said otherwise. A link that looks like one takes ButtonLink or `buttonVariants`. */
export function Button({ className, variant, size, type, ...props }: ButtonProps) {
  return (
    <button
      data-slot="button"
      type={type ?? "button"}
      className={cn(buttonVariants({ variant, size }), className)}
      {...props}
    />
  );
}
