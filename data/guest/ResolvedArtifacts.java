// An extension of Maven: writes down which artifacts each module of a build resolved, with what tells them apart. Decides
// nothing, and a failure of it stops no build. It needs Maven 3.
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.eventspy.AbstractEventSpy;
import org.apache.maven.execution.ExecutionEvent;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.model.License;
import org.apache.maven.project.MavenProject;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * A line an artifact: {@code artifact group name type classifier version sha256 licences classes}, and a line for each that
 * a module resolved: {@code member group:name:version group:name:type:classifier:version scope}; with tabs between. Of the
 * classes a few, each with its CRC-32, so that it can be seen where they went.
 */
public final class ResolvedArtifacts extends AbstractEventSpy {
  private static final int CLASSES = 8;
  private static final int PARENTS = 12;

  private final Map<String, Artifact> artifacts = new TreeMap<String, Artifact>();
  private final Map<String, MavenProject> modules = new TreeMap<String, MavenProject>();
  private final Map<String, String> members = new TreeMap<String, String>();

  @Override
  public synchronized void onEvent(Object event) {
    if (!(event instanceof ExecutionEvent)) return;
    ExecutionEvent happened = (ExecutionEvent) event;
    try {
      // What a module has resolved is filtered anew for each goal: all of it together is what it has.
      if (happened.getType() == ExecutionEvent.Type.MojoStarted) note(happened.getProject());
      if (happened.getType() == ExecutionEvent.Type.SessionEnded) write(happened.getSession());
    } catch (Exception error) {
      System.out.println("[WARNING] build-spark could not note what Maven resolved: " + error);
    }
  }

  private void note(MavenProject module) {
    String name = module.getGroupId() + ":" + module.getArtifactId() + ":" + module.getVersion();
    modules.put(name, module);
    if (module.getArtifact() != null) artifacts.put(key(module.getArtifact()), module.getArtifact());
    for (Artifact artifact : module.getArtifacts()) {
      artifacts.put(key(artifact), artifact);
      members.put(name + "\t" + key(artifact), String.valueOf(artifact.getScope()));
    }
  }

  private static String key(Artifact artifact) {
    return artifact.getGroupId() + ":" + artifact.getArtifactId() + ":" + artifact.getType() + ":"
        + text(artifact.getClassifier()) + ":" + artifact.getBaseVersion();
  }

  private void write(MavenSession session) throws Exception {
    String target = System.getenv("BUILD_SPARK_RESOLVED");
    if (target == null || members.isEmpty()) return;
    File repository = new File(session.getLocalRepository().getBasedir());
    boolean isWhole;
    try (PrintStream out = new PrintStream(target, "UTF-8")) {
      for (Artifact artifact : artifacts.values()) {
        File file = artifact.getFile();
        boolean isFile = file != null && file.isFile();
        line(out, "artifact", artifact.getGroupId(), artifact.getArtifactId(), artifact.getType(),
            artifact.getClassifier(), artifact.getBaseVersion(), isFile && isFetched(file) ? hash(file) : "",
            join(licences(artifact, repository), " | "), isFile ? join(classes(file), ",") : "");
      }
      for (Map.Entry<String, String> member : members.entrySet())
        out.print("member\t" + member.getKey() + "\t" + member.getValue() + "\n");
      isWhole = !out.checkError();
    }
    if (isWhole) return;
    // A full disk, of which the stream itself says nothing: half a list would be taken for all.
    Files.deleteIfExists(new File(target).toPath());
    throw new IOException("it could not be written whole to " + target);
  }

  private List<String> licences(Artifact artifact, File repository) {
    String name = artifact.getGroupId() + ":" + artifact.getArtifactId() + ":" + artifact.getVersion();
    List<String> found = new ArrayList<String>();
    MavenProject module = modules.get(name);
    if (module != null) {
      for (License license : module.getLicenses()) found.add(text(license.getName()));
      return found;
    }
    String[] place = {artifact.getGroupId(), artifact.getArtifactId(), artifact.getBaseVersion()};
    try {
      for (int level = 0; place != null && found.isEmpty() && level < PARENTS; level++) {
        File pom = new File(repository,
            place[0].replace('.', '/') + "/" + place[1] + "/" + place[2] + "/" + place[1] + "-" + place[2] + ".pom");
        if (!pom.isFile()) break;
        Element project = read(pom);
        Element licences = child(project, "licenses");
        for (Element license : children(licences, "license")) found.add(text(value(license, "name")));
        Element parent = child(project, "parent");
        place = parent == null ? null
            : new String[] {value(parent, "groupId"), value(parent, "artifactId"), value(parent, "version")};
      }
    } catch (Exception error) {
      // Its pom cannot be read, or names what is not there: its licence is not known.
    }
    return found;
  }

  private static Element read(File pom) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    return factory.newDocumentBuilder().parse(pom).getDocumentElement();
  }

  private static List<Element> children(Element parent, String name) {
    List<Element> found = new ArrayList<Element>();
    for (Node node = parent == null ? null : parent.getFirstChild(); node != null; node = node.getNextSibling())
      if (node instanceof Element && node.getNodeName().equals(name)) found.add((Element) node);
    return found;
  }

  private static Element child(Element parent, String name) {
    List<Element> found = children(parent, name);
    return found.isEmpty() ? null : found.get(0);
  }

  private static String value(Element parent, String name) {
    Element found = child(parent, name);
    return found == null ? "" : found.getTextContent().trim();
  }

  /** Evenly from all, by name. */
  private static List<String> classes(File file) {
    List<String> found = new ArrayList<String>();
    try (ZipFile zip = new ZipFile(file)) {
      for (ZipEntry entry : Collections.list(zip.entries()))
        if (entry.getName().endsWith(".class") && !entry.getName().startsWith("META-INF/"))
          found.add(entry.getName() + "=" + Long.toHexString(entry.getCrc()));
    } catch (IOException error) {
      return found;
    }
    Collections.sort(found);
    List<String> some = new ArrayList<String>();
    for (int index = 0; index < CLASSES && index < found.size(); index++)
      some.add(found.get((int) ((long) index * found.size() / Math.min(CLASSES, found.size()))));
    return some;
  }

  /** What was built here and put beside it is another file each time: Maven notes where it has the others from. */
  private static boolean isFetched(File file) throws IOException {
    File notes = new File(file.getParentFile(), "_remote.repositories");
    if (!notes.isFile()) return false;
    String start = file.getName() + ">";
    for (String note : Files.readAllLines(notes.toPath(), StandardCharsets.UTF_8))
      if (note.startsWith(start) && !note.startsWith(start + "=")) return true;
    return false;
  }

  private static String hash(File file) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(file.toPath())) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) digest.update(buffer, 0, read);
    }
    StringBuilder hex = new StringBuilder();
    for (byte each : digest.digest()) hex.append(String.format("%02x", each));
    return hex.toString();
  }

  private static String join(List<String> texts, String between) {
    StringBuilder joined = new StringBuilder();
    for (String each : texts) joined.append(joined.length() == 0 ? "" : between).append(each);
    return joined.toString();
  }

  private static String text(String value) {
    return value == null ? "" : value;
  }

  private static void line(PrintStream out, String... values) {
    for (int index = 0; index < values.length; index++)
      out.print((index == 0 ? "" : "\t") + text(values[index]).replaceAll("\\s+", " ").trim());
    out.print("\n");
  }
}
