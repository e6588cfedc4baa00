import {readFileSync} from 'node:fs';
import type {Transport} from '../../src/prometheus/api.ts';

type Recording = Readonly<Record<string, {readonly status: number; readonly body: unknown}>>;

/** Answers with what a real Prometheus answered to the same paths, see test/fixtures/README.md. */
export function recorded(name: string): Transport {
  const file = new URL(`../fixtures/prometheus/${name}.json`, import.meta.url);
  const recording = JSON.parse(readFileSync(file, 'utf8')) as Recording;
  return async (path) => {
    const answer = recording[decodeURIComponent(path)];
    if (answer === undefined) throw new Error(`nothing was recorded for ${decodeURIComponent(path)}`);
    const {status, body} = answer;
    return {status, text: typeof body === 'string' ? body : JSON.stringify(body)};
  };
}
