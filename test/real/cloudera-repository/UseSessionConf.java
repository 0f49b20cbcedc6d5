// Makes Hive's Table ask the session's configuration for the classes of a table, as Cloudera's Hive does since 5.7
// (HIVE-2573), and Apache's 1.1.0 does not: java -cp asm.jar UseSessionConf.java <hive-exec jar>. Without it a session of
// Spark 2.0's Thriftserver cannot insert, since Hive asks another session's class loader.
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

public class UseSessionConf {
  static final String HIVE = "org/apache/hadoop/hive/ql/metadata/Hive";
  static final String SESSION = "org/apache/hadoop/hive/ql/session/SessionState";

  public static void main(String[] words) throws Exception {
    Path jar = Path.of(words[0]);
    ByteArrayOutputStream made = new ByteArrayOutputStream();
    try (ZipFile from = new ZipFile(jar.toFile()); ZipOutputStream to = new ZipOutputStream(made)) {
      for (ZipEntry entry : from.stream().toList()) {
        byte[] bytes = from.getInputStream(entry).readAllBytes();
        to.putNextEntry(new ZipEntry(entry.getName()));
        to.write(entry.getName().equals("org/apache/hadoop/hive/ql/metadata/Table.class") ? change(bytes) : bytes);
      }
    }
    Files.write(jar, made.toByteArray());
  }

  private static byte[] change(byte[] bytes) {
    ClassWriter writer = new ClassWriter(0);
    new ClassReader(bytes).accept(new ClassVisitor(Opcodes.ASM9, writer) {
      @Override
      public MethodVisitor visitMethod(int access, String name, String descriptor, String types, String[] thrown) {
        MethodVisitor code = super.visitMethod(access, name, descriptor, types, thrown);
        if (!name.equals("getDeserializerFromMetaStore")) return code;
        return new MethodVisitor(Opcodes.ASM9, code) {
          @Override
          public void visitMethodInsn(int opcode, String owner, String called, String its, boolean isInterface) {
            if (owner.equals(HIVE) && called.equals("get"))
              super.visitMethodInsn(opcode, SESSION, "get", "()L" + SESSION + ";", false);
            else if (owner.equals(HIVE) && called.equals("getConf"))
              super.visitMethodInsn(opcode, SESSION, called, its, false);
            else super.visitMethodInsn(opcode, owner, called, its, isInterface);
          }
        };
      }
    }, 0);
    return writer.toByteArray();
  }
}
