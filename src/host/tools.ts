// Checks of the commands that every build calls. Knows no provider.
import {satisfies} from 'semver';
import {CommandError, CommandMissingError, lastLines} from '../core/exec.ts';
import {fail, pass, setupRemedy, type Check} from './host-check.ts';
import type {Host} from './host.ts';

/** The same as in package.json and in bin/build-spark. */
const nodeRange = '>=20.19';
const vagrantRange = '>=2.3';

export function checkNode(host: Host): Check {
  const version = host.nodeVersion.replace(/^v/, '');
  if (satisfies(version, nodeRange)) return pass('node', `Node ${version}`);
  return fail('node', `Node ${version} is too old: 20.19 or newer is needed.`, 'nvm install 20');
}

interface Tool {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly pattern: RegExp;
}

/** What each one answers about its version; measured on Debian 12. `patch` and `tar` may be BSD's on macOS. */
const tools: readonly Tool[] = [
  {name: 'git', argv: ['git', '--version'], pattern: /git version (\S+)/},
  {name: 'rsync', argv: ['rsync', '--version'], pattern: /version v?(\S+)/},
  {name: 'ssh', argv: ['ssh', '-V'], pattern: /([\w.]+)/},
  {name: 'tar', argv: ['tar', '--version'], pattern: /(\d[\w.]*)/},
  {name: 'patch', argv: ['patch', '--version'], pattern: /(\d[\w.]*)/},
];

export async function checkTools(host: Host): Promise<readonly Check[]> {
  return Promise.all(tools.map((tool) => checkTool(host, tool)));
}

async function checkTool(host: Host, {name, argv, pattern}: Tool): Promise<Check> {
  try {
    const {stdout, stderr} = await host.exec(argv, {timeoutMs: 5_000});
    const version = pattern.exec(`${stdout}\n${stderr}`)?.[1];
    return pass(name, version === undefined ? `${name} is there` : `${name} ${version.replace(/,$/, '')}`);
  } catch (error) {
    return fail(name, describeFailure(name, error), setupRemedy);
  }
}

function describeFailure(command: string, error: unknown): string {
  if (error instanceof CommandMissingError) return `The command ${command} is missing.`;
  if (error instanceof CommandError) {
    const said = lastLines(error.result.stderr || error.result.stdout, 1);
    return `${command} is installed but does not start${said === '' ? '.' : `: ${said}`}`;
  }
  throw error;
}

/** Our commands see nothing of Ruby's variables, so that it is the installation itself that does not start. */
const reinstallRemedy =
  'env -i HOME="$HOME" PATH="$PATH" vagrant --version, which says why; then install Vagrant again the way it was installed';

export async function checkVagrant(host: Host): Promise<Check> {
  let stdout;
  try {
    ({stdout} = await host.exec(['vagrant', '--version'], {
      timeoutMs: 15_000,
      env: {VAGRANT_CHECKPOINT_DISABLE: '1'},
    }));
  } catch (error) {
    const message = describeFailure('vagrant', error);
    const isMissing = error instanceof CommandMissingError;
    // Never `plugin expunge`: it deletes the plugins of all of the user's projects.
    const isPlugin = /plugin/i.test(message);
    const remedy = isMissing ? setupRemedy : isPlugin ? 'vagrant plugin repair' : reinstallRemedy;
    return fail('vagrant', message, remedy);
  }
  const version = /^Vagrant (\d+\.\d+\.\d+)/m.exec(stdout)?.[1];
  if (version === undefined) {
    return fail(
      'vagrant',
      `vagrant does not say which version it is: ${lastLines(stdout, 1)}`,
      'vagrant --version',
    );
  }
  if (satisfies(version, vagrantRange)) return pass('vagrant', `Vagrant ${version}`);
  return fail('vagrant', `Vagrant ${version} is too old: 2.3 or newer is needed.`, setupRemedy);
}
