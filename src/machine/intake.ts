// Takes a folder out of a guest: a tar stream of the guest's into a folder of ours. Trusts nothing that is in it. Knows
// neither ssh nor what the files are for.
import {constants} from 'node:fs';
import {chmod, lstat, mkdir, open, readdir, symlink, type FileHandle} from 'node:fs/promises';
import {basename, join} from 'node:path';
import type {Readable} from 'node:stream';
import {extract, type Extract} from 'tar-stream';
import {readFreeBytes} from '../core/disk.ts';
import {asError, BuildError, describeError, hasErrorCode, HostError} from '../core/errors.ts';
import type {LineHandler} from '../core/exec.ts';
import {findOuterLinks, renderPath, type InnerLink} from '../core/inner-paths.ts';
import {parseEntry, type IntakeEntry} from './intake-entry.ts';

/** A dist has some 2,000 files and 150 to 400 MB. */
export const intakeLimits = {
  bytes: 8 * 1024 ** 3,
  entries: 1_000_000,
  links: 10_000,
  nameBytes: 256 * 1024 ** 2,
};

/** GNU's format holds every name as it is, without extended headers; two names of one file come as two files. */
export const packOptions = ['--format=gnu', '--hard-dereference', '--numeric-owner'] as const;

export interface IntakeOptions {
  readonly signal: AbortSignal;
  readonly onLine?: LineHandler | undefined;
  readonly limits?: typeof intakeLimits;
}

const shown = 5;
const smallBytes = 256 * 1024;
const writingAtOnce = 16;
/** Who sends so many has no end of them. */
const mostProblems = 10_000;

/**
 * Files, folders and links that stay inside; modes 644 and 755 whatever the guest or our umask say, the guest's times.
 * Links are made last, so that nothing is ever written through one.
 * @param tar In the format of GNU tar; destroyed when it is not read to its end.
 * @param to Made, or empty; nobody else gets into it until all is there. After a failure its content is of no use.
 * @throws BuildError naming the first few of what no guest may give us; HostError when this host cannot hold it.
 */
export async function receiveFolder(tar: Readable, to: string, options: IntakeOptions): Promise<void> {
  const {signal} = options;
  tar.on('error', () => undefined); // It may come before anybody reads; it is thrown below.
  const stop = (): void => void tar.destroy(asError(signal.reason));
  signal.addEventListener('abort', stop, {once: true});
  const intake = new Intake(to, options);
  try {
    signal.throwIfAborted();
    await intake.begin();
    await intake.read(tar);
    await intake.finish();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    tar.destroy();
    await intake.settle(); // Nobody writes there any more when we return.
  }
}

/** One entry that is not taken; the others are still looked at, so that all that is wrong is named at once. */
class OddEntry extends Error {}

class Intake {
  readonly #to: string;
  readonly #options: IntakeOptions;
  readonly #limits: typeof intakeLimits;
  readonly #seen = new Map<string, IntakeEntry['kind']>();
  readonly #links: InnerLink[] = [];
  readonly #problems: string[] = [];
  readonly #writing = new Set<Promise<void>>();
  #failure: Error | undefined;
  #problemCount = 0;
  #specialCount = 0;
  #firstSpecial = '';
  #nameBytes = 0;
  #bytes = 0;
  #freeBytes = 0;

  constructor(to: string, options: IntakeOptions) {
    this.#to = to;
    this.#options = options;
    this.#limits = options.limits ?? intakeLimits;
  }

  async begin(): Promise<void> {
    const to = this.#to;
    await this.#onHost(async () => {
      await mkdir(to, {recursive: true, mode: 0o700});
      if (!(await lstat(to)).isDirectory()) throw new Error(`${to} is not a folder`);
      await chmod(to, 0o700);
      if ((await readdir(to)).length > 0) throw new Error(`${to} is not empty`);
      this.#freeBytes = await readFreeBytes(to);
    });
  }

  async read(tar: Readable): Promise<void> {
    if (tar.destroyed) throw tar.errored ?? new Error('The stream was cut off.');
    // `filenameEncoding` is documented, but not in the types.
    const entries: Extract = extract({filenameEncoding: 'latin1'} as Parameters<typeof extract>[0]);
    tar.once('error', (error) => entries.destroy(error));
    tar.once('close', () => {
      if (!tar.readableEnded) entries.destroy(tar.errored ?? new Error('the stream was cut off'));
    });
    tar.pipe(entries);
    try {
      for await (const content of entries) {
        this.#options.signal.throwIfAborted();
        this.#countBytes(content.header.size); // Of what is not taken too: it is read all the same.
        await this.#take(parseEntry(content.header), content).catch((error: unknown) => {
          if (!(error instanceof OddEntry)) throw error;
          this.#note(error.message);
          if (this.#problemCount >= mostProblems) throw this.#refuse();
        });
        content.resume(); // What was not wanted: the next entry comes after it.
      }
    } catch (error) {
      if (error instanceof BuildError || error instanceof HostError) throw error;
      if (tar.errored !== null) throw tar.errored;
      throw this.#refuse(`what the machine sent is not a whole tar archive (${describeError(error)})`);
    }
  }

  async settle(): Promise<void> {
    await Promise.all(this.#writing);
  }

  async finish(): Promise<void> {
    await this.settle();
    if (this.#failure !== undefined) throw this.#failure;
    for (const {path, target} of findOuterLinks(this.#links))
      this.#note(`${renderPath(path)} is a link to ${renderPath(target)}, which is outside`);
    if (this.#problemCount > 0) throw this.#refuse();
    await this.#onHost(async () => {
      for (const {path, target} of this.#links) await symlink(target, join(this.#to, path));
      await chmod(this.#to, 0o755);
    });
    if (this.#specialCount > 0)
      this.#options.onLine?.(
        `${this.#specialCount} files were setuid, setgid or sticky in the machine and are not here, such as ${this.#firstSpecial}.`,
        'stderr',
      );
  }

  async #take(entry: IntakeEntry, content: AsyncIterable<unknown>): Promise<void> {
    if (entry.kind === 'odd') throw new OddEntry(entry.problem);
    const {path} = entry;
    if (entry.kind === 'folder') return this.#makeFolders(path);
    const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
    await this.#makeFolders(parent);
    if (this.#seen.has(path)) throw new OddEntry(`${renderPath(path)} comes twice`);
    this.#count(path, entry.kind);
    if (entry.kind === 'link') {
      if (this.#links.push(entry) > this.#limits.links)
        throw this.#refuse(`there are more than ${this.#limits.links} links`);
      return;
    }
    if (entry.isSpecial && ++this.#specialCount === 1) this.#firstSpecial = renderPath(path);
    if (this.#problemCount > 0) return;
    if (entry.bytes > smallBytes) return this.#write(entry, content);
    // Most files are small, and each takes five calls: side by side, while the next ones come.
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk as Buffer);
    await this.#writeBeside(this.#write(entry, [Buffer.concat(chunks)]));
  }

  async #writeBeside(work: Promise<void>): Promise<void> {
    const job = work
      .catch((error: unknown) => {
        if (error instanceof OddEntry) this.#note(error.message);
        else this.#failure ??= asError(error);
      })
      .finally(() => this.#writing.delete(job));
    this.#writing.add(job);
    if (this.#writing.size >= writingAtOnce) await Promise.race(this.#writing);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #write(
    entry: IntakeEntry & {kind: 'file'},
    content: AsyncIterable<unknown> | readonly Buffer[],
  ): Promise<void> {
    const {O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW} = constants;
    await this.#named(entry.path, async (full) => {
      const handle = await open(full, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      try {
        for await (const chunk of content) await writeWhole(handle, chunk as Buffer);
        await handle.chmod(entry.mode); // Not at open: there the umask counts.
        await handle.utimes(entry.modifiedAt, entry.modifiedAt);
      } finally {
        await handle.close();
      }
    });
  }

  /** Of a path and all that are above it. */
  async #makeFolders(path: string): Promise<void> {
    if (path === '') return;
    const kind = this.#seen.get(path);
    if (kind === 'folder') return;
    if (kind !== undefined) throw new OddEntry(`${renderPath(path)} is a ${kind}, and a folder as well`);
    if (path.includes('/')) await this.#makeFolders(path.slice(0, path.lastIndexOf('/')));
    this.#count(path, 'folder');
    if (this.#problemCount > 0) return;
    await this.#named(path, async (full) => {
      await mkdir(full, {mode: 0o700});
      await chmod(full, 0o755);
    });
  }

  /** A name that this file system does not take, or takes for another's, is the guest's; all else is the host's. */
  async #named(path: string, work: (full: string) => Promise<void>): Promise<void> {
    try {
      await work(join(this.#to, path));
    } catch (error) {
      if (hasErrorCode(error, 'EEXIST'))
        throw new OddEntry(`${renderPath(path)} is the same name as another on the disk of this host`);
      else if (hasErrorCode(error, 'ENAMETOOLONG', 'EILSEQ', 'EINVAL'))
        throw new OddEntry(`${renderPath(path)} has a name that the disk of this host does not take`);
      else if (hasErrorCode(error, 'ENOSPC', 'EDQUOT')) throw this.#tooLittleRoom(error);
      else if (error instanceof Error && 'syscall' in error) throw this.#cannotWrite(error);
      else throw error;
    }
  }

  async #onHost(work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => {
      throw this.#cannotWrite(error);
    });
  }

  #countBytes(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.bytes) throw this.#refuse(`it is larger than ${this.#limits.bytes} bytes`);
    if (this.#bytes > this.#freeBytes) throw this.#tooLittleRoom();
  }

  #count(path: string, kind: IntakeEntry['kind']): void {
    this.#seen.set(path, kind);
    this.#nameBytes += path.length;
    if (this.#nameBytes > this.#limits.nameBytes) throw this.#refuse('its names are too long in all');
    if (this.#seen.size > this.#limits.entries)
      throw this.#refuse(`there are more than ${this.#limits.entries} files and folders`);
  }

  #note(problem: string): void {
    this.#problemCount += 1;
    if (this.#problems.length < shown) this.#problems.push(problem);
  }

  #refuse(last?: string): BuildError {
    if (last !== undefined) this.#note(last);
    const more = this.#problemCount - this.#problems.length;
    const all = [...this.#problems, ...(more > 0 ? [`and ${more} more`] : [])];
    return new BuildError(
      `What the build left in ${basename(this.#to)} was not taken from the machine: ${all.join('; ')}.`,
      "Look at what the source's script, or a patch, puts there: only files, folders and links that stay inside come out of a machine.",
    );
  }

  #cannotWrite(error: unknown): HostError {
    return new HostError(
      `${this.#to} cannot be written: ${describeError(error)}.`,
      'Name a folder that you may write to: --output <folder>',
      {cause: error},
    );
  }

  #tooLittleRoom(cause?: unknown): HostError {
    return new HostError(
      `The disk of ${this.#to} has too little room for what was built.`,
      'Make room there, or name another folder: --output <folder>',
      {cause},
    );
  }
}

async function writeWhole(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten;
}
