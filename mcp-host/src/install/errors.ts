export type InstallErrorCode =
  | "package_not_found"
  | "version_not_found"
  | "no_bin"
  | "install_failed"
  | "hash_mismatch"
  | "network"
  | "python_missing"
  | "runtime_too_old";

/** Why a package could not be installed or started, in a sentence for a person. */
export class InstallError extends Error {
  readonly code: InstallErrorCode;
  constructor(code: InstallErrorCode, message: string) {
    super(message);
    this.name = "InstallError";
    this.code = code;
  }
}
