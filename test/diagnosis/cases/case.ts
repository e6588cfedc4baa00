import type {DiagnosisCode} from '../../../src/diagnosis/diagnoses.ts';
import type {Change} from '../../support/evidence.ts';

/** What is changed in healthy evidence, and exactly which codes come out. */
export type Case = readonly [title: string, changes: readonly Change[], codes: readonly DiagnosisCode[], says?: RegExp];
