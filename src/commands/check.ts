import type {Severity} from '../diagnosis/diagnoses.ts';
import {CATEGORIES} from '../diagnosis/installation.ts';
import {CHECKS} from '../inspection/checks/all.ts';
import type {Check, CheckResult} from '../inspection/checks/check.ts';
import {inspecting} from './cluster-inspection.ts';
import {type Command, parseFlags, parseOutput} from './command.ts';

const OPTIONS = {
  config: {type: 'string'},
  kubeconfig: {type: 'string'},
  output: {type: 'string', short: 'o', default: 'table'},
  'prometheus-url': {type: 'string'},
} as const;

const SIGNS: Readonly<Record<Severity | 'ok' | 'unknown', string>> = {
  ok: '√',
  problem: '✖',
  waiting: '…',
  information: 'i',
  unknown: '?',
};

interface Line {
  readonly check: Check;
  readonly result: CheckResult;
}

/** Looks at an installation as a whole, before and after it is made: one line per check, with the cure. */
export const check: Command = async (args, io) => {
  const flags = parseFlags(args, OPTIONS);
  const output = parseOutput(flags.output);
  const lines = await inspecting({...flags, namespace: undefined}, io.now(), async (context) => {
    const results: Line[] = [];
    for (const entry of CHECKS) results.push({check: entry, result: await entry.run(context)});
    return results;
  });
  io.stdout.write(output === 'json' ? toJson(lines) : toText(lines));
  return lines.some(({result}) => isProblem(result)) ? 1 : 0;
};

function isProblem(result: CheckResult): boolean {
  return result.state === 'found' && result.findings.some(({severity}) => severity === 'problem');
}

function toText(lines: readonly Line[]): string {
  const blocks = CATEGORIES.map((category) =>
    [
      category,
      '-'.repeat(category.length),
      ...lines.filter(({check: {category: own}}) => own === category).flatMap(lineText),
      '',
    ].join('\n'),
  );
  const problems = lines.filter(({result}) => isProblem(result)).length;
  const summary =
    problems === 0
      ? `${SIGNS.ok} no problem`
      : `${SIGNS.problem} ${problems} of ${lines.length} checks found a problem`;
  return `${blocks.join('\n')}\n${summary}\n`;
}

function lineText({check: {title}, result}: Line): readonly string[] {
  switch (result.state) {
    case 'ok':
      return [`${SIGNS.ok} ${title}: ${result.text}`];
    case 'unknown':
      return [`${SIGNS.unknown} ${title}: not known, ${result.why}`];
    case 'found':
      return result.findings.flatMap(({severity, cause, cure, code}) => [
        `${SIGNS[severity]} ${title}: ${cause}  [${code}]`,
        `  → ${cure}`,
      ]);
  }
}

function toJson(lines: readonly Line[]): string {
  const checks = lines.map(({check: {category, title}, result}) => ({category, title, ...result}));
  return `${JSON.stringify({checks}, null, 2)}\n`;
}
