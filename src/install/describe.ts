// Says in commands what an install would do, for --dry-run. Pure.
import bytes from 'bytes';
import {quoteCommand} from '../core/quote.ts';
import type {Manifest} from '../distribution/manifest.ts';
import type {InstallPlan, Places} from './install-plan.ts';

/** The commands that `runInstall` runs on the node, in its order; what the agent does is told as commands too. */
export function renderInstall(
  dist: string,
  plan: InstallPlan,
  {files}: Pick<Manifest, 'files'>,
): readonly string[] {
  const {only, distFolder, places} = plan;
  const {agent, staging, state} = places;
  const sent = only === undefined ? files : files.filter(({path}) => only.includes(path));
  const size = bytes.format(
    sent.reduce((total, file) => total + file.bytes, 0),
    {unitSeparator: ' '},
  );
  const to = `${staging}/${distFolder}`;
  return [
    quoteCommand(['mkdir', '-p', agent.replace(/\/[^/]*$/, '')]),
    `# writes ${agent}`,
    quoteCommand(['rm', '-rf', staging]),
    quoteCommand(['mkdir', '-p', to]),
    `# sends ${sent.length} files, ${size ?? ''}, from ${dist}:`,
    quoteCommand(['tar', '--no-same-owner', '-xpf', '-', '-C', to]),
    quoteCommand(['chmod', '-R', 'u+rwX,go+rX,go-w', to]),
    ...plan.entries.map((entry) =>
      'target' in entry
        ? quoteCommand(['ln', '-s', entry.target, `${staging}/${entry.path}`])
        : `# writes ${staging}/${entry.path}`,
    ),
    `# writes ${staging}/plan`,
    `${quoteCommand(['sh', agent, 'apply', state, staging])}   # which does, all together or not at all:`,
    ...plan.lines.map((line) => `  ${renderLine(line, places)}`),
  ];
}

function renderLine(line: InstallPlan['lines'][number], {state, staging}: Places): string {
  const kept = `   # the old one is kept below ${state}`;
  switch (line.kind) {
    case 'folder':
      return quoteCommand(['mv', '-T', `${staging}/${line.source}`, line.path]);
    case 'file':
      return (
        quoteCommand([
          ...['install', '-o', 'root', '-g', 'root', '-m', `0${line.mode}`],
          `${staging}/${line.source}`,
          line.path,
        ]) + kept
      );
    case 'link':
      return quoteCommand(['ln', '-sfn', line.target, line.path]) + kept;
    case 'empty':
      return quoteCommand(['install', '-d', '-o', line.owner, '-m', `0${line.mode}`, line.path]);
    case 'absent':
      return quoteCommand(['rm', '-f', line.path]) + kept;
    case 'run':
      return quoteCommand(['systemctl', line.command]);
  }
}
