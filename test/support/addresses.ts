import {mkdirSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {requireSandbox} from './sandbox.ts';

/** A range of addresses that nobody else in the sandbox has: every control plane gets one, with all its real ports. */
export interface AddressRange {
  /** An unused address. */
  next(): string;
}

const RANGES = 16_384;
const FIRST_HOST = 1;
const LAST_HOST = 254;

/** Claims a /24 of 100.64.0.0/10; test files that run side by side in one sandbox never get the same. */
export function claimAddresses(): AddressRange {
  requireSandbox();
  for (let range = 1; range < RANGES; range++) {
    if (!claim(join(tmpdir(), `addresses-${range}`))) continue;
    let host = FIRST_HOST;
    return {
      next() {
        if (host > LAST_HOST) throw new Error('this range has no address left');
        return `100.${64 + (range >> 8)}.${range & 255}.${host++}`;
      },
    };
  }
  throw new Error('no range of addresses is left');
}

function claim(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
