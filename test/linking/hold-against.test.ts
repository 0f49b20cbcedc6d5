import {describe, expect, test} from 'vitest';
import type {ClassText} from './class-writer.ts';
import {abstractInterface, hive, hold} from './hold.ts';

const spark = (...uses: string[]): ClassText => ({name: 'org/apache/spark/A', uses});

describe('what the dist names', () => {
  test('is there, or is listed by class, name and descriptor with who names it', async () => {
    const {lines, checks} = await hold(
      [
        spark(
          `${hive}/Driver.run(I)V`,
          `${hive}/Driver.run(J)V`,
          `${hive}/Driver.size:I`,
          `${hive}/Gone.x()V`,
        ),
        {name: 'org/apache/spark/B', uses: [`${hive}/Driver.size:I`, `[[L${hive}/Alone;`, '[I']},
      ],
      [{name: `${hive}/Driver`, has: ['run(I)V', 'size:J']}],
    );
    expect(lines).toEqual([
      'class org.apache.hadoop.hive.ql.Alone: is not there <- org.apache.spark.B',
      'member org.apache.hadoop.hive.ql.Driver run (J)V: is there only as (I)V <- org.apache.spark.A',
      'member org.apache.hadoop.hive.ql.Driver size I: is there only as J <- org.apache.spark.A org.apache.spark.B',
      'class org.apache.hadoop.hive.ql.Gone: is not there, of which 1 member is used <- org.apache.spark.A',
    ]);
    expect(checks.map(({name, ok}) => [name, ok])).toEqual([['against-hive', false]]);
  });

  test('what only a library or a helper for tests names is told, and no failure', async () => {
    const uses = [`${hive}/Gone.x()V`];
    const {ok, notes, lines} = await hold(
      [
        {name: 'org/apache/orc/A', uses},
        {name: 'org/apache/spark/sql/hive/test/B', uses},
      ],
      [{name: `${hive}/Driver`}],
    );
    expect({ok, lines}).toEqual({ok: true, lines: []});
    expect(notes).toEqual([expect.stringMatching(/^not counted.*org\.apache\.hadoop\.hive\.ql\.Gone$/)]);
    expect((await hold([{name: 'org/apache/hive/service/cli/A', uses}], [{name: `${hive}/Driver`}])).ok).toBe(
      false,
    );
    expect((await hold([{name: 'org/apache/orc/A', uses}, spark(...uses)], [])).lines).toEqual([
      expect.stringContaining('<- org.apache.orc.A org.apache.spark.A'),
    ]);
  });

  test('Hive, YARN and Hadoop are told apart; others are not looked at', async () => {
    const {checks, lines} = await hold(
      [
        spark(
          'org/apache/hadoop/yarn/Y.a()V',
          'org/apache/hadoop/H.a()V',
          'org/apache/hive/X.a()V',
          'org/apache/hadoop/hbase/B.a()V',
          'com/x/Y.a()V',
        ),
      ],
      [{name: 'org/apache/hadoop/yarn/Y', has: ['a()V']}],
    );
    expect(checks.map(({name, ok}) => `${name} ${String(ok)}`)).toEqual([
      'against-hive false',
      'against-yarn true',
      'against-hadoop false',
    ]);
    expect(lines).toHaveLength(2);
  });

  test('may be inherited: from a class, an interface, a default method, the JDK', async () => {
    const {lines} = await hold(
      [
        spark(
          ...['above()V', 'ofInterface()V', 'toString()Ljava/lang/String;', 'read()I', 'close()V'].map(
            (key) => `${hive}/Low.${key}`,
          ),
          ...['ofInterface()V', 'hashCode()I'].map((key) => `${hive}/Top#${key}`),
          `${hive}/Low.CONSTANT:I`,
        ),
      ],
      [
        {name: `${hive}/Low`, extends: `${hive}/Middle`},
        {
          name: `${hive}/Middle`,
          extends: 'java/io/InputStream',
          implements: [`${hive}/Sub`],
          has: ['protected abstract x()V', 'above()V'],
        },
        {name: `${hive}/Sub`, access: abstractInterface, implements: [`${hive}/Top`]},
        {
          name: `${hive}/Top`,
          access: abstractInterface,
          has: ['ofInterface()V', 'public static final CONSTANT:I'],
        },
      ],
    );
    expect(lines).toEqual([]);
  });

  test('the JDK gives what it has, not whatever has such a name', async () => {
    const {lines} = await hold(
      [spark(`${hive}/Low.toString(I)Ljava/lang/String;`, `${hive}/Low.read(J)I`, `${hive}/Low.get(I)V`)],
      [{name: `${hive}/Low`, extends: 'java/io/InputStream'}],
    );
    expect(lines).toHaveLength(3);
  });

  test('constructors and static methods of interfaces are not inherited', async () => {
    const {lines} = await hold(
      [spark(`${hive}/Low.<init>(I)V`, `${hive}/Low.make()V`)],
      [
        {name: `${hive}/Low`, extends: `${hive}/High`, implements: [`${hive}/Top`]},
        {name: `${hive}/High`, has: ['<init>(I)V']},
        {name: `${hive}/Top`, access: abstractInterface, has: ['public static make()V']},
      ],
    );
    expect(lines).toHaveLength(2);
  });

  test("is looked for through the dist's own classes, which come first", async () => {
    const {lines} = await hold(
      [
        spark(
          'org/apache/spark/Own.there()V',
          'org/apache/spark/Own.gone()V',
          'org/apache/hive/service/Inlined.x()V',
        ),
        {name: 'org/apache/spark/Own', extends: 'org/apache/spark/Between'},
        {name: 'org/apache/spark/Between', extends: `${hive}/Driver`},
        {name: 'org/apache/hive/service/Inlined', has: ['x()V']},
      ],
      [
        {name: `${hive}/Driver`, has: ['there()V']},
        {name: 'org/apache/hive/service/Inlined', has: ['other()V']},
      ],
    );
    expect(lines).toEqual(['member org.apache.spark.Own gone ()V: is not there <- org.apache.spark.A']);
  });

  test('below a class that nobody has, nothing is claimed', async () => {
    const {lines, notes} = await hold(
      [spark(`${hive}/Low.x()V`)],
      [{name: `${hive}/Low`, extends: 'com/google/Message'}],
    );
    expect(lines).toEqual([]);
    expect(notes.join('\n')).toContain('com.google.Message (1)');
  });

  test('an interface that became a class, and the other way round', async () => {
    const {lines} = await hold(
      [
        spark(`${hive}/Counter.x()V`, `${hive}/Task#x()V`),
        {name: 'org/apache/spark/B', extends: `${hive}/Counter`, implements: [`${hive}/Task`]},
      ],
      [
        {name: `${hive}/Counter`, access: abstractInterface, has: ['x()V']},
        {name: `${hive}/Task`, has: ['x()V']},
      ],
    );
    expect(lines.filter((line) => line.startsWith('shape'))).toHaveLength(4);
  });

  test('what may not be used from there is said', async () => {
    const {lines} = await hold(
      [
        spark(`${hive}/Driver.p()V`, `${hive}/Driver.q()V`, `${hive}/Driver.r()V`, `${hive}/Hidden.x()V`),
        {name: 'org/apache/spark/Below', extends: `${hive}/Driver`, uses: [`${hive}/Driver.r()V`]},
        {name: `${hive}/Helper`, uses: [`${hive}/Driver.q()V`, `${hive}/Driver.r()V`, `${hive}/Hidden.x()V`]},
      ],
      [
        {name: `${hive}/Driver`, has: ['private p()V', 'static q()V', 'protected r()V']},
        {name: `${hive}/Hidden`, access: 0, has: ['x()V']},
      ],
    );
    expect(lines).toEqual([
      'access org.apache.hadoop.hive.ql.Driver p ()V: is private <- org.apache.spark.A',
      'access org.apache.hadoop.hive.ql.Driver q ()V: is visible in its own package alone <- org.apache.spark.A',
      'access org.apache.hadoop.hive.ql.Driver r ()V: is protected <- org.apache.spark.A',
      'access org.apache.hadoop.hive.ql.Hidden: is visible in its own package alone <- org.apache.spark.A',
    ]);
  });

  test('of two different copies of a class either will do, and that is said', async () => {
    const {lines, notes} = await hold(
      [spark(`${hive}/Conf.a()V`, `${hive}/Conf.b()V`)],
      [{name: `${hive}/Conf`, has: ['a()V']}],
      [{name: `${hive}/Conf`, has: ['a()V', 'b()V']}],
    );
    expect(lines).toEqual([]);
    expect(notes.join('\n')).toMatch(/different copies.*Conf\.b\(\)V/);
  });
});
