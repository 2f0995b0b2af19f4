import { AppError } from "../errors/app-error.ts";

/**
 * Rights beyond a person's own deployments. The owner: everything. An admin: see settings without their values, and decide
 * who has an account and what they may use, but not who owns this Catwalk or is an admin of it. A member: nothing.
 */
export type UserRole = "owner" | "admin" | "member";

/** The signed-in person. */
export interface SessionUser {
  id: string;
  email: string;
  name: string | null;
  role: UserRole;
}

/** The columns of a SessionUser. */
export const SESSION_USER_COLUMNS = { id: true, email: true, name: true, role: true } as const;

/** @throws AppError `forbidden` for everyone but the owner */
export function requireOwner(user: SessionUser): void {
  if (user.role === "owner") return;
  throw new AppError("forbidden", "Only the owner of this Catwalk can do this.");
}

/** Returns whether a person decides who has an account, and sees settings. */
export function mayManagePeople({ role }: { role: UserRole }): boolean {
  return role === "owner" || role === "admin";
}

/** @throws AppError `forbidden` for members */
export function requireAdmin(user: SessionUser): void {
  if (mayManagePeople(user)) return;
  throw new AppError("forbidden", "Only the owner and the admins of this Catwalk can do this.");
}

/** Converts an e-mail address to the form in which accounts are stored and compared. */
export function normalizeEmail(email: string): string {
  return email.normalize("NFC").trim().toLowerCase();
}
