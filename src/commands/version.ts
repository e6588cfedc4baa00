import packageJson from '../../package.json' with {type: 'json'};
import {type Command, parseFlags} from './command.ts';

export const version: Command = async (args, io) => {
  parseFlags(args, {});
  io.stdout.write(`${packageJson.name} ${packageJson.version}\n`);
  return 0;
};
