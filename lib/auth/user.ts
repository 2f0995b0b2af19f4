import { AppError } from "../errors/app-error.ts";

/** Who asks, as far as the rest of Catwalk has to know. */
export interface SessionUser {
  id: string;
  email: string;
  name: string | null;
  role: "owner" | "member";
}

/** The columns of which a SessionUser is made. */
export const SESSION_USER_COLUMNS = { id: true, email: true, name: true, role: true } as const;

/** @throws AppError `forbidden` for everyone but the owner */
export function requireOwner(user: SessionUser): void {
  if (user.role === "owner") return;
  throw new AppError("forbidden", "Only the owner of this Catwalk can do this.");
}

/** An e-mail address in the form in which accounts are kept and compared. */
export function normalizeEmail(email: string): string {
  return email.normalize("NFC").trim().toLowerCase();
}
