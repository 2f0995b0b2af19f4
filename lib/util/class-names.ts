import { type ClassValue, clsx } from "clsx";

/**
 * Joins class names. Of two Tailwind classes for one property the one that Tailwind writes later wins, wherever they stand here: an
 * override ends in `!`. A library that removes the losing class would be 8 KB of every page.
 */
export function cn(...classes: ClassValue[]): string {
  return clsx(classes);
}
