// Our `mvn` with a Scala plugin of three lines, in a machine: that the agent compiles there and does what it is for.
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {projectRoot} from '../../src/core/paths.ts';
import type {Ssh} from '../../src/core/ssh.ts';

const plugin = `package sbt_inc;
public class SbtIncrementalCompiler {
  public static void main(String[] words) { com.typesafe.zinc.Compiler.create("a", 1L); }
}
`;
const zinc = `package com.typesafe.zinc;
public class Compiler {
  public static void create(String a, long b) { System.out.println("a compiler for this module"); }
  public static void getOrCreate(String a, long b) { System.out.println("one for all: " + a + b); }
}
`;
const maven = `#!/bin/sh
exec "$JAVA_HOME/bin/java" $MAVEN_OPTS -cp classes sbt_inc.SbtIncrementalCompiler
`;
/** Each file comes as one argument after its path. */
const script = `set -eu
folder=$(mktemp -d)
cd "$folder"
mkdir -p maven/bin classes
: >maven/options
while [ $# -gt 0 ]; do printf %s "$2" >"$1"; shift 2; done
. /etc/sparkbuilder.env
export JAVA_HOME
"$JAVA_HOME/bin/javac" -d classes SbtIncrementalCompiler.java Compiler.java
printf 'MVN=%s/real-mvn\\n' "$folder" >env
chmod +x real-mvn
SPARKBUILDER_ENV=$folder/env MAVEN_OPTS=-Dx=1 bash maven/bin/mvn clean package
rm -rf "$folder"
`;

/** @returns what the plugin printed. */
export async function runSharedCompiler(ssh: Ssh): Promise<readonly string[]> {
  const guestFile = (name: string): Promise<string> =>
    readFile(join(projectRoot, 'data/guest', name), 'utf8');
  const files = {
    'SbtIncrementalCompiler.java': plugin,
    'Compiler.java': zinc,
    'real-mvn': maven,
    'maven/bin/mvn': await guestFile('mvn.sh'),
    'maven/SharedCompiler.java': await guestFile('SharedCompiler.java'),
  };
  const {stdout} = await ssh.run(['bash', '-c', script, 'bash', ...Object.entries(files).flat()]);
  return stdout.trim().split('\n');
}
