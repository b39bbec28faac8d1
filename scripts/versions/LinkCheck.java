import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * Links all classes of layertap in a jar against the jars of a distribution of Spark, without running them.
 *
 * <pre>java scripts/versions/LinkCheck.java LAYERTAP_JAR SPARK_JARS_FOLDER</pre>
 *
 * <p>Prints a line for each class, field or method that is referred to and not there, each method that
 * became or ceased to be an interface's, each abstract method that a class of layertap leaves open, and
 * each final class or method that it extends; then a line {@code N references of N classes, N unresolved}.
 * Exit 1 if any is unresolved. What is loaded by name only (reflection) is not seen.
 */
public class LinkCheck {
  private static final int STATIC = 0x0008;
  private static final int PRIVATE = 0x0002;
  private static final int FINAL = 0x0010;
  private static final int INTERFACE = 0x0200;
  private static final int ABSTRACT = 0x0400;

  /** Their methods take any arguments: the compiler makes the descriptor. */
  private static final Set<String> ANY_SIGNATURE =
      Set.of("java/lang/invoke/MethodHandle", "java/lang/invoke/VarHandle");

  private record Member(int access, boolean field, String name, String descriptor) {
    String key() {
      return field ? name + ":" + descriptor : name + descriptor;
    }
  }

  private record Reference(String owner, boolean field, boolean ofInterface, String key) {}

  private record ClassFile(
      String name,
      int access,
      List<String> parents,
      Map<String, Member> members,
      Set<String> classes,
      List<Reference> references) {
    boolean is(int flag) {
      return (access & flag) != 0;
    }
  }

  private final List<JarFile> jars = new ArrayList<>();
  private final Map<String, ClassFile> known = new HashMap<>();
  private final Set<String> unresolved = new TreeSet<>();

  public static void main(String[] arguments) throws IOException {
    System.exit(new LinkCheck().run(Path.of(arguments[0]), Path.of(arguments[1])));
  }

  private int run(Path layertap, Path spark) throws IOException {
    jars.add(new JarFile(layertap.toFile()));
    try (Stream<Path> files = Files.list(spark)) {
      for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).sorted().toList()) {
        jars.add(new JarFile(jar.toFile()));
      }
    }
    List<String> own =
        jars.get(0).stream()
            .map(entry -> entry.getName())
            .filter(name -> name.startsWith("layertap/") && !name.startsWith("layertap/shaded/"))
            .filter(name -> name.endsWith(".class") && !name.endsWith("package-info.class"))
            .map(name -> name.substring(0, name.length() - ".class".length()))
            .sorted()
            .toList();
    int references = 0;
    for (String name : own) {
      ClassFile type = find(name);
      references += type.classes().size() + type.references().size();
      check(type);
    }
    unresolved.forEach(System.out::println);
    System.out.printf(
        "%,d references of %,d classes, %d unresolved%n", references, own.size(), unresolved.size());
    return unresolved.isEmpty() && !own.isEmpty() ? 0 : 1;
  }

  private void check(ClassFile type) throws IOException {
    for (String name : type.classes()) {
      require(find(name) != null, type, "there is no class %s", name);
    }
    for (Reference reference : type.references()) {
      ClassFile owner = find(reference.owner());
      if (owner == null || ANY_SIGNATURE.contains(reference.owner())) {
        continue;
      }
      require(
          !lineage(owner).stream().map(a -> a.members().get(reference.key())).allMatch(m -> m == null),
          type,
          "there is no %s.%s",
          reference.owner(),
          reference.key());
      require(
          reference.field() || owner.is(INTERFACE) == reference.ofInterface(),
          type,
          "%s is " + (reference.ofInterface() ? "not an" : "an") + " interface",
          reference.owner());
    }
    List<ClassFile> lineage = lineage(type);
    for (ClassFile parent : lineage.subList(1, lineage.size())) {
      require(!parent.is(FINAL), type, "%s is final", parent.name());
      for (Member member : parent.members().values()) {
        Member own = type.members().get(member.key());
        require(
            own == null || member.field() || (member.access() & (FINAL | PRIVATE)) != FINAL
                || (member.access() & STATIC) != 0,
            type,
            "%s.%s is final",
            parent.name(),
            member.key());
        if (!type.is(ABSTRACT) && !member.field() && (member.access() & ABSTRACT) != 0) {
          require(
              lineage.stream().anyMatch(a -> implemented(a.members().get(member.key()))),
              type,
              "%s.%s is abstract",
              parent.name(),
              member.key());
        }
      }
    }
  }

  private static boolean implemented(Member member) {
    return member != null && (member.access() & (ABSTRACT | STATIC)) == 0;
  }

  private void require(boolean holds, ClassFile type, String message, Object... arguments) {
    if (!holds) {
      unresolved.add(type.name() + ": " + message.formatted(arguments));
    }
  }

  /** The type, and all that it extends and implements; without what is not there. */
  private List<ClassFile> lineage(ClassFile type) throws IOException {
    List<ClassFile> all = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    collect(type, all, seen);
    if (type.is(INTERFACE)) {
      collect(find("java/lang/Object"), all, seen);
    }
    return all;
  }

  private void collect(ClassFile type, List<ClassFile> all, Set<String> seen) throws IOException {
    if (type == null || !seen.add(type.name())) {
      return;
    }
    all.add(type);
    for (String parent : type.parents()) {
      collect(find(parent), all, seen);
    }
  }

  private ClassFile find(String name) throws IOException {
    if (!known.containsKey(name)) {
      known.put(name, read(name));
    }
    return known.get(name);
  }

  private ClassFile read(String name) throws IOException {
    String file = name + ".class";
    try (InputStream ofJava = ClassLoader.getPlatformClassLoader().getResourceAsStream(file)) {
      if (ofJava != null) {
        return parse(ofJava.readAllBytes());
      }
    }
    for (JarFile jar : jars) {
      if (jar.getJarEntry(file) != null) {
        try (InputStream in = jar.getInputStream(jar.getJarEntry(file))) {
          return parse(in.readAllBytes());
        }
      }
    }
    return null;
  }

  /** The class file format, Java Virtual Machine Specification, chapter 4. */
  private static ClassFile parse(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    in.skipBytes(8);
    int count = in.readUnsignedShort();
    int[] tags = new int[count];
    int[] first = new int[count];
    int[] second = new int[count];
    String[] texts = new String[count];
    for (int i = 1; i < count; i++) {
      tags[i] = in.readUnsignedByte();
      switch (tags[i]) {
        case 1 -> texts[i] = in.readUTF();
        case 3, 4 -> in.readInt();
        case 5, 6 -> {
          in.readLong();
          i++;
        }
        case 7, 8, 16, 19, 20 -> first[i] = in.readUnsignedShort();
        case 15 -> {
          in.readUnsignedByte();
          in.readUnsignedShort();
        }
        case 9, 10, 11, 12, 17, 18 -> {
          first[i] = in.readUnsignedShort();
          second[i] = in.readUnsignedShort();
        }
        default -> throw new IOException("constant of kind " + tags[i]);
      }
    }
    Set<String> classes = new TreeSet<>();
    List<Reference> references = new ArrayList<>();
    for (int i = 1; i < count; i++) {
      if (tags[i] == 7) {
        String element = texts[first[i]].replaceFirst("^\\[+", "");
        boolean array = !element.equals(texts[first[i]]);
        if (!array) {
          classes.add(element);
        } else if (element.startsWith("L")) {
          classes.add(element.substring(1, element.length() - 1));
        }
      } else if (tags[i] >= 9 && tags[i] <= 11) {
        String owner = texts[first[first[i]]];
        String name = texts[first[second[i]]];
        String descriptor = texts[second[second[i]]];
        boolean field = tags[i] == 9;
        if (!owner.startsWith("[")) {
          references.add(
              new Reference(owner, field, tags[i] == 11, field ? name + ":" + descriptor : name + descriptor));
        }
      }
    }
    int access = in.readUnsignedShort();
    String name = texts[first[in.readUnsignedShort()]];
    List<String> parents = new ArrayList<>();
    int parent = in.readUnsignedShort();
    if (parent != 0) {
      parents.add(texts[first[parent]]);
    }
    for (int i = in.readUnsignedShort(); i > 0; i--) {
      parents.add(texts[first[in.readUnsignedShort()]]);
    }
    Map<String, Member> members = new HashMap<>();
    for (boolean field : new boolean[] {true, false}) {
      for (int i = in.readUnsignedShort(); i > 0; i--) {
        Member member =
            new Member(
                in.readUnsignedShort(), field, texts[in.readUnsignedShort()], texts[in.readUnsignedShort()]);
        members.put(member.key(), member);
        for (int j = in.readUnsignedShort(); j > 0; j--) {
          in.skipBytes(2);
          in.skipBytes(in.readInt());
        }
      }
    }
    return new ClassFile(name, access, parents, members, classes, references);
  }
}
