// Reads what `check`, `drill` and `status --json` printed, for the page. Knows no HTML.
import {readFile} from 'node:fs/promises';
import {z} from '../core/schema.ts';
import {UsageError} from '../core/errors.ts';

const ms = z.number().nonnegative();

const checkSchema = z.object({
  ok: z.boolean(),
  frontends: z.array(
    z.object({
      frontend: z.string(),
      port: z.number(),
      status: z.enum(['ok', 'failed', 'not asked']),
      reason: z.string().optional(),
      answers: z.array(
        z.object({
          server: z.string().optional(),
          value: z.string().optional(),
          error: z.string().optional(),
          latencyMs: ms,
        }),
      ),
      spread: z.string(),
    }),
  ),
});

const drillSchema = z.object({
  ok: z.boolean(),
  daemons: z.array(
    z.object({
      daemon: z.string(),
      tried: ms,
      cut: ms,
      lost: ms,
      errors: z.array(z.string()),
      noticedMs: ms.optional(),
      backMs: ms.optional(),
      longestMs: ms,
      failure: z.string().optional(),
      /** Absent in results of older versions. */
      course: z
        .object({
          endedMs: ms,
          stoppingMs: ms.optional(),
          stoppedMs: ms.optional(),
          noticedMs: ms.optional(),
          startingMs: ms.optional(),
          backMs: ms.optional(),
          samples: z.array(
            z.object({frontend: z.string(), startedMs: ms, endedMs: ms, error: z.string().optional()}),
          ),
        })
        .optional(),
    }),
  ),
});

const statusSchema = z.object({
  servers: z.array(
    z.object({
      frontend: z.string(),
      port: z.number(),
      server: z.string(),
      status: z.string(),
      isUp: z.boolean(),
      sessions: ms,
      total: ms,
      changedS: ms,
      reason: z.string(),
    }),
  ),
});

export type CheckResult = z.infer<typeof checkSchema>;
export type DrilledDaemon = z.infer<typeof drillSchema>['daemons'][number];
export type StatusResult = z.infer<typeof statusSchema>;

export type HaResult =
  | {readonly kind: 'check'; readonly result: CheckResult}
  | {readonly kind: 'drill'; readonly result: z.infer<typeof drillSchema>}
  | {readonly kind: 'status'; readonly result: StatusResult};

/** @throws UsageError when the file cannot be read, or holds none of the three. */
export async function readResult(path: string): Promise<HaResult> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(
      `${path} cannot be read: ${error instanceof Error ? error.message : ''}.`,
      'Name a file with what --json printed.',
      {cause: error},
    );
  });
  const found = parseResult(text);
  if (found === undefined)
    throw new UsageError(
      `${path} holds no result of check, drill or status.`,
      'Make one: impala-ha check --spec <file> --json >check.json',
    );
  return found;
}

/** @returns undefined for what none of the three printed. Pure. */
export function parseResult(text: string): HaResult | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const check = checkSchema.safeParse(value);
  if (check.success) return {kind: 'check', result: check.data};
  const drill = drillSchema.safeParse(value);
  if (drill.success) return {kind: 'drill', result: drill.data};
  const status = statusSchema.safeParse(value);
  return status.success ? {kind: 'status', result: status.data} : undefined;
}
