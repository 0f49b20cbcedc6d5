// `impala-ha render`: prints or writes a configuration, or the example of a spec.
import {stat, writeFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import {describeError, exitCodes, HostError, UsageError, type ExitCode} from '../../core/errors.ts';
import {exampleSpec} from '../example.ts';
import {planLayout} from '../layout.ts';
import {listRenderLosses} from '../render-config.ts';
import type {Terminal} from '../../core/terminal.ts';
import {readSpecFile} from '../spec-file.ts';

interface RenderOptions {
  readonly spec?: string;
  readonly out?: string;
  readonly example?: true | undefined;
  /** True when no algorithm was typed. */
  readonly article?: string | true;
}

export async function run(terminal: Terminal, options: RenderOptions): Promise<ExitCode> {
  const text = options.example === true ? exampleText(options) : await renderSpec(terminal, options);
  if (options.out === undefined) terminal.stdout.write(text);
  else await writeOut(resolve(terminal.cwd, options.out), text);
  return exitCodes.done;
}

/** Whole or not at all; but anything that is not a plain file, such as /dev/stdout, is not replaced. */
async function writeOut(path: string, text: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  try {
    if (found?.isFile() === false) await writeFile(path, text);
    else await writeFileAtomic(path, text, {mode: found?.mode ?? 0o644});
  } catch (error) {
    throw new HostError(
      `${path} cannot be written: ${describeError(error)}.`,
      'Name another file with --out.',
      {
        cause: error,
      },
    );
  }
}

function exampleText({spec, article}: RenderOptions): string {
  if (spec !== undefined || article !== undefined)
    throw new UsageError('--example prints a spec; it takes none.', 'Leave out --spec and --article.');
  return exampleSpec;
}

async function renderSpec(terminal: Terminal, {spec: file, article}: RenderOptions): Promise<string> {
  if (file === undefined)
    throw new UsageError(
      'render needs a spec.',
      'impala-ha render --spec ha.yaml; to begin with one: impala-ha render --example >ha.yaml',
    );
  const spec = await readSpecFile(file, terminal);
  // The same is in the head of the file; here it is seen.
  for (const loss of spec.proxy.haproxy === undefined ? [] : listRenderLosses(spec))
    terminal.stderr.write(`HAProxy ${spec.proxy.haproxy ?? ''}: ${loss}\n`);
  return planLayout(spec, article).render();
}
