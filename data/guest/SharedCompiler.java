// A Java agent for the JVM in which Maven builds: has the Scala plugin keep one compiler for all modules, where it would
// load a new one for each. Knows no module; what the compiler does stays the same.
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.Arrays;

/**
 * The plugin calls zinc's {@code Compiler.create}, which loads scalac into a class loader of its own: what the JVM has
 * compiled of it for one module is lost for the next. {@code Compiler.getOrCreate} takes the same arguments, keeps the
 * compiler for a set of jars, and holds a lock while it makes one. Seen in scala-maven-plugin 3.2.0 and 3.2.2, zinc 0.3.5.
 */
public final class SharedCompiler implements ClassFileTransformer {
  private static final String CALLER = "sbt_inc/SbtIncrementalCompiler";
  private static final String OWNER = "com/typesafe/zinc/Compiler";
  private static final int UTF8 = 1;
  private static final int METHOD = 10;
  private static final int NAME_AND_TYPE = 12;

  public static void premain(String arguments, Instrumentation instrumentation) {
    instrumentation.addTransformer(new SharedCompiler());
  }

  /** @return null, for "as it is": any other class, and one whose form is not known. */
  @Override
  public byte[] transform(
      ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
    if (!CALLER.equals(name)) return null;
    try {
      byte[] changed = rename(bytes, OWNER, "create", "getOrCreate");
      System.out.println(
          changed == null
              ? "[WARNING] build-spark does not know this Scala plugin: it loads a compiler for each module"
              : "[INFO] build-spark has the Scala plugin keep one compiler for all modules");
      return changed;
    } catch (IOException | RuntimeException error) {
      System.out.println("[WARNING] build-spark could not read the class of the Scala plugin: " + error);
      return null;
    }
  }

  /**
   * Has the calls of one method of a class call another one with the same descriptor. Only the constant pool changes: the
   * new name, and its pair with the descriptor, are put at its end. Format: the JVM's specification, chapter 4.4.
   *
   * @return null where there is no such call, or where there are calls of several methods of that name.
   */
  private static byte[] rename(byte[] bytes, String owner, String from, String to) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    in.skipBytes(8);
    int count = in.readUnsignedShort();
    int[] starts = new int[count];
    String[] texts = new String[count];
    for (int index = 1; index < count; index++) {
      starts[index] = bytes.length - in.available();
      int tag = in.readUnsignedByte();
      if (tag == UTF8) texts[index] = in.readUTF();
      else in.skipBytes(readLength(tag));
      if (tag == 5 || tag == 6) index++; // long and double take two places
    }
    int end = bytes.length - in.available();
    byte[] head = Arrays.copyOf(bytes, end);
    int descriptor = 0;
    for (int index = 1; index < count; index++) {
      int start = starts[index];
      if (start == 0 || bytes[start] != METHOD) continue;
      int pair = starts[readShort(bytes, start + 3)];
      String className = texts[readShort(bytes, starts[readShort(bytes, start + 1)] + 1)];
      if (!owner.equals(className) || !from.equals(texts[readShort(bytes, pair + 1)])) continue;
      if (descriptor != 0) return null;
      descriptor = readShort(bytes, pair + 3);
      writeShort(head, start + 3, count + 1);
    }
    if (descriptor == 0) return null;
    writeShort(head, 8, count + 2);
    ByteArrayOutputStream changed = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(changed);
    out.write(head);
    out.writeByte(UTF8);
    out.writeUTF(to);
    out.writeByte(NAME_AND_TYPE);
    out.writeShort(count);
    out.writeShort(descriptor);
    out.write(bytes, end, bytes.length - end);
    return changed.toByteArray();
  }

  /** Bytes of a constant after its tag. */
  private static int readLength(int tag) throws IOException {
    switch (tag) {
      case 5: case 6: return 8;
      case 3: case 4: case 9: case 10: case 11: case 12: case 17: case 18: return 4;
      case 15: return 3;
      case 7: case 8: case 16: case 19: case 20: return 2;
      default: throw new IOException("constant of kind " + tag);
    }
  }

  private static int readShort(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }

  private static void writeShort(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >> 8);
    bytes[at + 1] = (byte) value;
  }
}
