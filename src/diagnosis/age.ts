import type {Evidence} from './evidence.ts';

/** Milliseconds since `moment`; undefined where that is not known. */
export function ageMs({now}: Pick<Evidence, 'now'>, moment: Date | undefined): number | undefined {
  return moment && now.getTime() - moment.getTime();
}

/** Whether `moment` is known and less than `ms` ago. */
export function isYoungerThan(evidence: Pick<Evidence, 'now'>, moment: Date | undefined, ms: number): boolean {
  const age = ageMs(evidence, moment);
  return age !== undefined && age < ms;
}
