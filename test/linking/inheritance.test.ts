import {describe, expect, test} from 'vitest';
import {flags} from '../../src/linking/class-file.ts';
import type {ClassText} from './class-writer.ts';
import {abstractInterface, hive, hold} from './hold.ts';

describe('what the dist extends', () => {
  const operation: ClassText = {
    name: `${hive}/Operation`,
    access: flags.public | flags.abstract,
    implements: [`${hive}/Closing`],
    has: ['public abstract run()V', 'public abstract cancel(I)V', 'public final end()V'],
  };
  const closing: ClassText = {
    name: `${hive}/Closing`,
    access: abstractInterface,
    has: ['public abstract close()V'],
  };

  test('abstract methods that nobody implements are listed, of concrete classes alone', async () => {
    const {lines} = await hold(
      [
        {
          name: 'org/apache/spark/Base',
          access: flags.public | flags.abstract,
          extends: operation.name,
          has: ['run()V'],
        },
        {
          name: 'org/apache/spark/Op',
          extends: 'org/apache/spark/Base',
          has: ['cancel()V', 'static close()V'],
        },
      ],
      [operation, closing],
    );
    expect(lines).toEqual([
      'abstract org.apache.hadoop.hive.ql.Closing close ()V: is abstract there, and is not implemented <- org.apache.spark.Op',
      'abstract org.apache.hadoop.hive.ql.Operation cancel (I)V: is abstract there, and is not implemented <- org.apache.spark.Op',
    ]);
  });

  test('a default method, a class of the cluster between, and the JDK implement', async () => {
    const {lines} = await hold(
      [
        {name: 'org/apache/spark/Op', extends: `${hive}/Done`},
        {name: 'org/apache/spark/Thread', extends: 'java/lang/Thread', implements: [`${hive}/Runs`]},
      ],
      [
        operation,
        closing,
        {
          name: `${hive}/Done`,
          extends: operation.name,
          implements: [`${hive}/Helper`],
          has: ['run()V', 'cancel(I)V'],
        },
        {name: `${hive}/Helper`, access: abstractInterface, implements: [closing.name], has: ['close()V']},
        {
          name: `${hive}/Runs`,
          access: abstractInterface,
          has: ['public abstract run()V', 'public abstract equals(Ljava/lang/Object;)Z'],
        },
      ],
    );
    expect(lines).toEqual([]);
  });

  test('what a concrete class of the cluster owes is not the affair of the dist', async () => {
    const {lines} = await hold(
      [{name: 'org/apache/spark/Op', extends: `${hive}/Lazy`}],
      [operation, closing, {name: `${hive}/Lazy`, extends: operation.name}],
    );
    expect(lines).toEqual([]);
  });

  test('what became final is listed, class and method', async () => {
    const {lines} = await hold(
      [
        {
          name: 'org/apache/spark/Op',
          access: flags.public | flags.abstract,
          extends: operation.name,
          has: ['end()V'],
        },
        {name: 'org/apache/spark/X', extends: `${hive}/Sealed`},
      ],
      [operation, closing, {name: `${hive}/Sealed`, access: flags.public | flags.final}],
    );
    expect(lines).toEqual([
      'final org.apache.hadoop.hive.ql.Operation end ()V: is final there, and is overridden <- org.apache.spark.Op',
      'final org.apache.hadoop.hive.ql.Sealed: is final there, and is extended <- org.apache.spark.X',
    ]);
  });

  const manager: ClassText = {name: `${hive}/Manager`, has: ['newOperation(IJ)V', 'other(I)V']};

  test('the silent trap: a method that overrides nothing any more', async () => {
    const {lines} = await hold(
      [{name: 'org/apache/spark/Manager', extends: manager.name, has: ['newOperation(I)V', 'mine(I)V']}],
      [manager],
    );
    expect(lines).toEqual([
      'override org.apache.hadoop.hive.ql.Manager newOperation (IJ)V: is what could be overridden there, and the dist has only (I)V <- org.apache.spark.Manager',
    ]);
  });

  test('a method of Spark that overrides nothing in any Hadoop is no trap', async () => {
    const service = {name: 'org/apache/hadoop/yarn/server/api/AuxiliaryService', has: ['getRecoveryPath()V']};
    const own = {name: 'org/apache/spark/network/yarn/YarnShuffleService', extends: service.name};
    expect((await hold([{...own, has: ['getRecoveryPath(I)V']}], [service])).ok).toBe(true);
    expect((await hold([{...own, has: ['getRecoveryPath(I)V'], name: `${own.name}2`}], [service])).ok).toBe(
      false,
    );
  });

  test('a method beside one that it calls, as Spark 1.1 has it of a format of files, is no trap', async () => {
    const own = {name: 'org/apache/spark/Manager', extends: manager.name, has: ['newOperation(I)V']};
    for (const owner of [manager.name, own.name])
      expect((await hold([{...own, uses: [`${owner}.newOperation(IJ)V`]}], [manager])).ok).toBe(true);
    const other = {name: 'org/apache/spark/Other', uses: [`${manager.name}.newOperation(IJ)V`]};
    expect((await hold([own, other], [manager])).ok).toBe(false);
  });

  test('both forms, as a bridge has them, are no trap', async () => {
    const {ok, notes} = await hold(
      [
        {
          name: 'org/apache/spark/Manager',
          extends: manager.name,
          has: ['newOperation(I)V', 'newOperation(IJ)V'],
        },
      ],
      [manager],
    );
    expect(ok).toBe(true);
    expect(notes).toEqual([]);
  });
});
