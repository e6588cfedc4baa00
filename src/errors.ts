/** A failure that a person can mend: shown as one line, without a stack. */
export abstract class UserError extends Error {
  abstract readonly code: string;
  /** What the process exits with: 1 the command ran and something is wrong, 2 wrong usage or configuration. */
  abstract readonly exitCode: 1 | 2;
}

export class UsageError extends UserError {
  readonly code = 'USAGE';
  readonly exitCode = 2;
}

export class ConfigurationError extends UserError {
  readonly code = 'CONFIGURATION';
  readonly exitCode = 2;
}

/** An input (manifest, certificate file) that cannot be used. */
export class InputError extends UserError {
  readonly code = 'INPUT';
  readonly exitCode = 1;
}

/** A cluster that does not have, or does not give, what a command needs of it. */
export class ClusterError extends UserError {
  readonly code = 'CLUSTER';
  readonly exitCode = 1;
}
