import { AppError } from "../errors/app-error.ts";

/** The signed-in person. */
export interface SessionUser {
  id: string;
  email: string;
  name: string | null;
  role: "owner" | "member";
}

/** The columns of a SessionUser. */
export const SESSION_USER_COLUMNS = { id: true, email: true, name: true, role: true } as const;

/** @throws AppError `forbidden` for everyone but the owner */
export function requireOwner(user: SessionUser): void {
  if (user.role === "owner") return;
  throw new AppError("forbidden", "Only the owner of this Catwalk can do this.");
}

/** Converts an e-mail address to the form in which accounts are stored and compared. */
export function normalizeEmail(email: string): string {
  return email.normalize("NFC").trim().toLowerCase();
}
