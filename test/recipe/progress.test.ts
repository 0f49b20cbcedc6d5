import {describe, expect, test} from 'vitest';
import {
  findProgress,
  parseMavenDuration,
  parseProgressLine,
  planProgress,
  type ProgressState,
} from '../../src/recipe/progress.ts';

function read(log: string, state: ProgressState = planProgress(0)): ProgressState {
  return log.split('\n').reduce((last, line, index) => parseProgressLine(last, line, index * 1000), state);
}

const order = `[INFO] Scanning for projects...
[INFO] ------------------------------------------------------------------------
[INFO] Reactor Build Order:
[INFO]
[INFO] Spark Project Parent POM                                           [pom]
[INFO] Spark Project Core                                                 [jar]
[INFO] Spark Project SQL                                                  [jar]
[INFO] Spark Project Assembly                                             [pom]`;
const noise = `[INFO]
[INFO] --- maven-jar-plugin:2.6:jar (default-jar) @ spark-core_2.10 ---
[INFO] Building jar: /home/vagrant/spark/core/target/spark-core_2.10-1.6.0-cdh5.7.0.jar
[INFO] Compiling 486 Scala sources and 76 Java sources to /home/vagrant/spark/core/target/classes...`;
const rule = '[INFO] ------------------------------------------------------------------------';

describe('the module that is built', () => {
  test.each([
    [
      '3.9',
      `${order}\n[INFO]\n[INFO] -------------------< org.apache.spark:spark-sql_2.10 >-------------------\n[INFO] Building Spark Project SQL 1.6.0-cdh5.7.0                        [3/4]\n[INFO]   from sql/core/pom.xml\n[INFO] --------------------------------[ jar ]---------------------------------`,
    ],
    [
      '3.6',
      `[INFO] -----------------< org.apache.spark:spark-sql_2.10 >------------------\n[INFO] Building Spark Project SQL 1.6.0-cdh5.7.0 [3/4]\n[INFO] --------------------------------[ jar ]---------------------------------`,
    ],
    ['3.3', `${order}\n[INFO]\n${rule}\n[INFO] Building Spark Project SQL 1.6.0-cdh5.7.0 [3/4]\n${rule}`],
    [
      '3.0, without counters',
      `${order}\n[INFO]                                                                         \n${rule}\n[INFO] Building Spark Project SQL 1.6.0-cdh5.7.0\n${rule}`,
    ],
    [
      'in colour',
      '[\u001b[1;34mINFO\u001b[m] \u001b[1mBuilding Spark Project SQL 1.6.0-cdh5.7.0 [3/4]\u001b[m',
    ],
  ])('Maven %s', (_name, log) => {
    expect(findProgress(read(`${log}\n${noise}`), 0)).toMatchObject({
      message: '[3/4] Spark Project SQL',
      fraction: 0.5,
    });
  });

  test('without an order and counters the name alone is told', () => {
    expect(findProgress(read(`${rule}\n[INFO] Building Spark Project SQL 1.6.0\n${rule}`), 0)).toMatchObject({
      message: 'Spark Project SQL',
    });
  });

  test('a jar that is being built is no module', () => {
    expect(findProgress(read(noise), 0)).toBeUndefined();
    expect(findProgress(read(`${rule}\n${noise}`), 0)).toBeUndefined();
  });
});

test('the reactor summary gives the time of each module, in the formats of 3.0 and 3.9', () => {
  const state = read(`${rule}
[INFO] Reactor Summary for Spark Project Parent POM 1.6.0-cdh5.7.0:
[INFO] 
[INFO] Spark Project Parent POM ........................... SUCCESS [  3.123 s]
[INFO] Spark Project Core ................................. SUCCESS [01:12 min]
[INFO] Spark Project SQL .................................. FAILURE [1:02.500s]
[INFO] Spark Project Assembly ............................. SKIPPED
${rule}
[INFO] Total time:  15:11 min`);
  expect(state.moduleMs).toEqual({
    'Spark Project Parent POM': 3123,
    'Spark Project Core': 72_000,
    'Spark Project SQL': 62_500,
  });
});

test.each([
  ['0.812 s', 812],
  ['3.123s', 3123],
  ['01:12 min', 72_000],
  ['1:12.345s', 72_345],
  ['01:02 h', 3_720_000],
  ['1:02:03.500s', 3_723_500],
  ['never', undefined],
])('Maven says %s', (text, ms) => {
  expect(parseMavenDuration(text)).toBe(ms);
});

describe('estimates', () => {
  const estimate = {
    stepMs: 100_000,
    moduleMs: {'Spark Project Core': 60_000, 'Spark Project SQL': 30_000, 'Spark Project Assembly': 10_000},
  };
  const inSql = read('[INFO] Building Spark Project SQL 1.6.0 [3/4]', {...read(order), startedMs: 0});

  test('modules weigh what they took before, and time goes on within a module', () => {
    const sinceMs = inSql.module!.sinceMs;
    expect(findProgress(inSql, sinceMs, estimate)?.fraction).toBe(0.6);
    expect(findProgress(inSql, sinceMs + 15_000, estimate)?.fraction).toBe(0.75);
    expect(findProgress(inSql, sinceMs + 300_000, estimate)?.fraction).toBe(0.9);
  });

  test('what remains lies between the clock and the share, and is never negative', () => {
    expect(findProgress(inSql, inSql.module!.sinceMs, estimate)?.remainingMs).toBe(
      Math.round((100_000 + 40_000) / 2),
    );
    expect(findProgress(inSql, 1e9, estimate)?.remainingMs).toBeGreaterThanOrEqual(0);
    expect(findProgress(inSql, 0)?.remainingMs).toBeUndefined();
  });
});

describe('where there is no reactor', () => {
  test.each([
    [
      'Downloading from central: https://repo.example.com/a.jar\nDownloaded from central: https://repo.example.com/a.jar (2.4 kB at 148 kB/s)\n[INFO] Downloaded: http://repo.example.com/b.pom (5 KB at 10.0 KB/sec)',
      'Downloading (2 files so far)',
    ],
    ["==> default: Importing base box 'debian'...", "Importing base box 'debian'"],
    [
      '==> default: Notice: /Stage[main]/Sparkbuilder::Java/Package[openjdk-8-jdk-headless]/ensure: created',
      'Puppet: Package[openjdk-8-jdk-headless]',
    ],
    ['    default: Notice: Applied catalog in 12.34 seconds', 'Puppet: catalogue applied'],
    [
      '    default: Get:12 http://archive.example.org/debian trixie/main amd64 maven all 3.9.9-1 [12 kB]',
      'Fetching maven',
    ],
    ['Setting up maven (3.9.9-1) ...', 'Installing maven'],
    [
      '  Installing : java-1.8.0-openjdk-devel-1:1.8.0.412-1.el7.x86_64      12/45 ',
      'Installing java-1.8.0-openjdk-devel-1:1.8.0.412-1.el7.x86_64 (12/45)',
    ],
  ])('%s', (log, message) => {
    expect(findProgress(read(log), 0)?.message).toBe(message);
  });

  test('after the last module the script copies, and before it a copy of its own is not told', () => {
    const copy = '+ cp /home/vagrant/spark/assembly/target/x.jar /home/vagrant/spark/dist/lib/';
    expect(
      findProgress(read(`[INFO] Building Spark Project Assembly 1.6.0 [4/4]\n${copy}`), 0)?.message,
    ).toBe('Copying into the dist');
    expect(findProgress(read(`${copy}\n[INFO] Building Spark Project Core 1.6.0 [2/4]`), 0)?.message).toBe(
      '[2/4] Spark Project Core',
    );
  });
});

test('with several threads the count never goes back; the next call of Maven begins anew', () => {
  const module = (name: string, index: number): string => `[INFO] Building ${name} 1.6.0 [${index}/4]`;
  const started = read(`${order}\n${module('Spark Project SQL', 3)}\n${module('Spark Project Core', 2)}`);
  expect(findProgress(started, 0)).toMatchObject({message: '[3/4] Spark Project SQL', fraction: 0.5});
  const again = read(`${order}\n${module('Spark Project Parent POM', 1)}`, started);
  expect(findProgress(again, 0)?.message).toBe('[1/4] Spark Project Parent POM');
});

test('what was copied before the last module is forgotten when it starts', () => {
  const log = '+ mkdir -p /home/vagrant/spark/dist\n[INFO] Building Spark Project Assembly 1.6.0 [4/4]';
  expect(findProgress(read(log), 0)?.message).toBe('[4/4] Spark Project Assembly');
});

test('a line that tells nothing changes nothing', () => {
  const state = read(order);
  expect(parseProgressLine(state, 'anything else', 5)).toBe(state);
});

describe('with several threads', () => {
  const dashes = '-'.repeat(20);
  const begins = (artifact: string, name: string, count: number): string =>
    `[INFO] \n[INFO] ${dashes}< org.apache.spark:${artifact} >${dashes}\n[INFO] Building ${name} 1.6.0 [${count}/29]\n[INFO] ${dashes}[ jar ]${dashes}`;
  const goal = (name: string, artifact: string): string => `[INFO] --- ${name} @ ${artifact} ---`;
  const threads = '[INFO] Using the MultiThreadedBuilder implementation with a thread count of 2';
  const names = (state: ProgressState, nowMs: number): readonly string[] =>
    (findProgress(state, nowMs)?.modules ?? []).map(({name}) => name);

  const parent = `${order}\n${threads}\n${begins('spark-parent', 'Spark Project Parent POM', 1)}\n${goal('source:3.2:jar-no-fork (create)', 'spark-parent')}`;
  const both = `${parent}\n${begins('spark-core', 'Core', 2)}\n${begins('spark-yarn', 'Shuffle', 3)}\n${goal('scala:3.2:compile (x)', 'spark-core')}\n${goal('scala:3.2:compile (x)', 'spark-yarn')}`;

  test('all that run are named, each with its own time; the parent is over when others begin', () => {
    const state = read(both);
    const nowMs = both.split('\n').length * 1000;
    expect(findProgress(state, nowMs)).toMatchObject({message: '[3/29] Core, Shuffle'});
    const [core, shuffle] = findProgress(state, nowMs)?.modules ?? [];
    expect(core!.elapsedMs).toBe(shuffle!.elapsedMs + 4_000);
  });

  test('one that was packed long ago is over, although nothing took its place; the slow one stays', () => {
    const log = `${both}\n${goal('source:3.2:jar-no-fork (create)', 'spark-yarn')}`;
    const atMs = log.split('\n').length * 1000;
    expect(names(read(log), atMs)).toEqual(['Core', 'Shuffle']);
    expect(names(read(log), atMs + 240_000)).toEqual(['Core']);
  });

  test('another one takes the place of the one that was packed, not of the one that began first', () => {
    const log = `${both}\n${goal('jar:3.3:jar (x)', 'spark-yarn')}\n${begins('spark-sql', 'SQL', 4)}`;
    expect(names(read(log), 1e5)).toEqual(['Core', 'SQL']);
    // It was no mistake for good: a module that speaks again is at work.
    const more = `${log}\n${goal('shade:3.3:shade (x)', 'spark-yarn')}`;
    expect(names(read(more), more.split('\n').length * 1000)).toContain('Shuffle');
  });

  test('never more than there are threads', () => {
    let log = both;
    for (let count = 4; count < 29; count++) log += `\n${begins(`m-${count}`, `M${count}`, count)}`;
    expect(names(read(log), 1e5)).toHaveLength(2);
  });
});

test.each([
  ...[
    ' ',
    '-',
    '[',
    ' [',
    'Building ',
    ' .',
    '. ',
    ' 1',
    'a',
    'a[',
    '--- ',
    '---',
    '<',
    '1:',
    '\u001b[1;',
    'at ',
  ],
])('lines of 256 KiB of %j tell nothing and take no time', (unit) => {
  const text = unit.repeat(Math.ceil((256 * 1024) / unit.length));
  const starts = [
    '',
    '[INFO] ',
    '[INFO] Building ',
    '[INFO] X . SUCCESS [',
    'Notice: /Stage[main]/',
    '==> a: ',
  ];
  for (const section of ['none', 'order', 'rule', 'summary'] as const)
    for (const start of starts)
      for (const end of ['', 'x', ']']) {
        const state = {...planProgress(0), section};
        for (const line of [text, text.slice(0, 480)])
          for (let count = 0; count < 20; count++) parseProgressLine(state, `${start}${line}${end}`, 0);
      }
  expect(true).toBe(true);
});
