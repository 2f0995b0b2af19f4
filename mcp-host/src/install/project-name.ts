/** Normalizes a Python project's name (PEP 503): `Typing_Extensions` and `typing-extensions` are one project. */
export function normalizeProjectName(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}
