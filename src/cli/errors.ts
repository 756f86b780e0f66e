/** What the user gave cannot be used: exit code 2. Its message needs no stack trace. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** The run itself failed: exit code 1. */
export class RunError extends Error {
  override readonly name = "RunError";
}
