// Adds public methods and constructors to classes of a jar: java -cp asm.jar AddMembers.java <jar> <member>...
// A member is `<class> <static?><name><descriptor> <body> [<signature>]`, the signature with its generic types; body:
// `zero` returns 0, false or nothing; `shorter` calls the like-named one without the last parameter, and throws what
// that throws; `below` says whether its second text is a path below its first; `first:<name><descriptor>` hands the
// first of a list to that method; `text:<text>` returns that text, also in place of what the class has under that name.
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

public class AddMembers {
  public static void main(String[] words) throws Exception {
    Path jar = Path.of(words[0]);
    ByteArrayOutputStream made = new ByteArrayOutputStream();
    int count = 0;
    try (ZipFile from = new ZipFile(jar.toFile()); ZipOutputStream to = new ZipOutputStream(made)) {
      for (ZipEntry entry : from.stream().toList()) {
        byte[] bytes = from.getInputStream(entry).readAllBytes();
        for (String member : Arrays.copyOfRange(words, 1, words.length)) {
          String[] parts = member.split(" ");
          if (!entry.getName().equals(parts[0] + ".class")) continue;
          bytes = add(bytes, parts[0], parts[1], parts[2], parts.length > 3 ? parts[3] : null);
          count += 1;
        }
        ZipEntry copy = new ZipEntry(entry.getName());
        copy.setTime(entry.getTime());
        to.putNextEntry(copy);
        to.write(bytes);
      }
    }
    if (count != words.length - 1) throw new Exception(count + " of " + (words.length - 1) + " classes are in " + jar);
    Files.write(jar, made.toByteArray());
  }

  private static byte[] add(byte[] bytes, String owner, String member, String body, String signature) {
    boolean isStatic = member.startsWith("static:");
    String bare = member.replaceFirst("^static:", "");
    String name = bare.substring(0, bare.indexOf('('));
    String descriptor = bare.substring(bare.indexOf('('));
    ClassReader reader = new ClassReader(bytes);
    ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    Type result = Type.getReturnType(descriptor);
    Type[] parameters = Type.getArgumentTypes(descriptor);
    String shorter = Type.getMethodDescriptor(result, Arrays.copyOf(parameters, Math.max(0, parameters.length - 1)));
    String[][] thrown = {null};
    reader.accept(
        new ClassVisitor(Opcodes.ASM9, writer) {
          @Override
          public MethodVisitor visitMethod(int access, String other, String its, String types, String[] throwing) {
            if (other.equals(name) && its.equals(shorter)) thrown[0] = throwing;
            if (other.equals(name) && its.equals(descriptor) && body.startsWith("text:")) return null;
            return super.visitMethod(access, other, its, types, throwing);
          }
        },
        0);
    int access = Opcodes.ACC_PUBLIC | (isStatic ? Opcodes.ACC_STATIC : 0);
    MethodVisitor code = writer.visitMethod(access, name, descriptor, signature, body.equals("shorter") ? thrown[0] : null);
    code.visitCode();
    if (body.equals("shorter")) {
      Type[] fewer = Arrays.copyOf(parameters, parameters.length - 1);
      int slot = 1;
      code.visitVarInsn(Opcodes.ALOAD, 0);
      for (Type parameter : fewer) {
        code.visitVarInsn(parameter.getOpcode(Opcodes.ILOAD), slot);
        slot += parameter.getSize();
      }
      int call = name.equals("<init>") ? Opcodes.INVOKESPECIAL : Opcodes.INVOKEVIRTUAL;
      code.visitMethodInsn(call, owner, name, shorter, false);
    } else if (body.startsWith("first:")) {
      String single = body.substring("first:".length());
      String wants = single.substring(single.indexOf('('));
      code.visitVarInsn(Opcodes.ALOAD, 0);
      code.visitVarInsn(Opcodes.ALOAD, 1);
      code.visitInsn(Opcodes.ICONST_0);
      code.visitMethodInsn(Opcodes.INVOKEINTERFACE, "java/util/List", "get", "(I)Ljava/lang/Object;", true);
      code.visitTypeInsn(Opcodes.CHECKCAST, Type.getArgumentTypes(wants)[0].getInternalName());
      code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, owner, single.substring(0, single.indexOf('(')), wants, false);
    } else if (body.equals("below")) {
      code.visitVarInsn(Opcodes.ALOAD, 1);
      code.visitVarInsn(Opcodes.ALOAD, 0);
      code.visitLdcInsn("/");
      code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, "java/lang/String", "concat", "(Ljava/lang/String;)Ljava/lang/String;", false);
      code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, "java/lang/String", "startsWith", "(Ljava/lang/String;)Z", false);
    } else if (body.startsWith("text:")) {
      code.visitLdcInsn(body.substring("text:".length()));
    } else if (result.getSort() == Type.LONG) {
      code.visitInsn(Opcodes.LCONST_0);
    } else if (result.getSort() != Type.VOID) {
      code.visitInsn(Opcodes.ICONST_0);
    }
    code.visitInsn(result.getOpcode(Opcodes.IRETURN));
    code.visitMaxs(0, 0);
    code.visitEnd();
    writer.visitEnd();
    return writer.toByteArray();
  }
}
