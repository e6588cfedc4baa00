import {readFileSync} from 'node:fs';
import {parseAllDocuments} from 'yaml';
import {isObject, type JsonObject} from '../../src/json.ts';

/** The objects of a file below test/fixtures. */
export function fixture(path: string): JsonObject[] {
  const text = readFileSync(new URL(`../fixtures/${path}`, import.meta.url), 'utf8');
  return [...parseAllDocuments(text)].map((document) => document.toJS() as unknown).filter(isObject);
}

/** A TenantControlPlane of real Kamaji, as captured. */
export function capturedTenantControlPlane(name: string): JsonObject {
  const [object] = fixture(`tenant-control-planes/${name}.yaml`);
  if (object === undefined) throw new Error(`the fixture ${name} is empty`);
  return object;
}
