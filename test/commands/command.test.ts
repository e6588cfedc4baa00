import t from 'tap';
import {check} from '../../src/commands/check.ts';
import {type Command, parseOutput} from '../../src/commands/command.ts';
import {status} from '../../src/commands/status.ts';
import {runCommand} from '../support/command.ts';

t.test('output is a table for people or JSON for programs', async (t) => {
  t.equal(parseOutput('table'), 'table');
  t.equal(parseOutput('json'), 'json');
});

const WRONG: readonly (readonly [command: Command, args: readonly string[], message: string])[] = [
  [status, ['-o', 'yaml'], '-o yaml: expected table or json'],
  [check, ['-o', ''], '-o : expected table or json'],
  [check, ['--output', 'JSON'], '-o JSON: expected table or json'],
  [status, ['-n', 'tenants', '-A'], '-n and -A exclude each other'],
  [status, ['-A', '--namespace', 'tenants'], '-n and -A exclude each other'],
  [check, ['-n', 'tenants'], "Unknown option '-n'"],
  [status, ['alpha'], "Unexpected argument 'alpha'"],
];
for (const [command, args, message] of WRONG) {
  t.test(`wrong usage, before anything is read: ${args.join(' ')}`, async (t) => {
    await t.rejects(runCommand(command, [...args, '--kubeconfig', '/none']), {code: 'USAGE', exitCode: 2, message});
  });
}
