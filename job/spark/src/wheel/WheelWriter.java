import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes the Python package as a wheel, which is a zip: the build needs no Python. Run from its
 * source by Maven's phase package:
 *
 * <pre>
 *   java WheelWriter.java VERSION TIMESTAMP SOURCE TARGET JAR PLATFORM LICENSE…
 * </pre>
 *
 * SOURCE is the folder of the package and of METADATA, TARGET the folder that two wheels go to: a
 * thin one, and one of the version VERSION+jar that carries JAR, whose natives are those of
 * PLATFORM in the words of JavaCPP. The same source gives the same bytes.
 */
final class WheelWriter {
  private static final String PACKAGE = "layertap";

  private static final String WHEEL =
      """
      Wheel-Version: 1.0
      Generator: layertap
      Root-Is-Purelib: true
      Tag: py3-none-%s
      """;

  /** For pip, the platforms that natives are built for; the package itself runs on any. */
  private static final Map<String, String> TAGS =
      Map.of(
          "linux-x86_64", "linux_x86_64",
          "linux-arm64", "linux_aarch64",
          "macosx-arm64", "macosx_11_0_arm64",
          "windows-x86_64", "win_amd64");

  private WheelWriter() {}

  public static void main(String[] arguments) throws IOException {
    String version = arguments[0];
    Path source = Path.of(arguments[2]);
    Path target = Path.of(arguments[3]);
    Path jar = Path.of(arguments[4]);
    String tag = TAGS.get(arguments[5]);
    if (tag == null) {
      throw new IllegalArgumentException(
          "no wheel can be made for %s: its tag is not known; add it to WheelWriter"
              .formatted(arguments[5]));
    }
    List<Path> licenses =
        List.of(arguments).subList(6, arguments.length).stream().map(Path::of).toList();
    LocalDateTime time = LocalDateTime.ofInstant(Instant.parse(arguments[1]), ZoneOffset.UTC);
    Files.createDirectories(target);
    write(target, version, "any", packageFiles(source), source, licenses, time);
    Map<String, byte[]> withJar = packageFiles(source);
    withJar.put("%s/jars/%s".formatted(PACKAGE, jar.getFileName()), Files.readAllBytes(jar));
    write(target, version + "+jar", tag, withJar, source, licenses, time);
  }

  private static void write(
      Path target,
      String version,
      String tag,
      Map<String, byte[]> files,
      Path source,
      List<Path> licenses,
      LocalDateTime time)
      throws IOException {
    String information = "%s-%s.dist-info/".formatted(PACKAGE, version);
    String metadata = Files.readString(source.resolve("METADATA"));
    files.put(information + "METADATA", utf8(metadata.replace("@version@", version)));
    files.put(information + "WHEEL", utf8(WHEEL.formatted(tag)));
    for (Path license : licenses) {
      files.put(information + "licenses/" + license.getFileName(), Files.readAllBytes(license));
    }
    String record = information + "RECORD";
    files.put(record, utf8(listing(files) + record + ",,\n"));
    write(target.resolve("%s-%s-py3-none-%s.whl".formatted(PACKAGE, version, tag)), files, time);
  }

  private static Map<String, byte[]> packageFiles(Path source) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(source.resolve(PACKAGE))) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        String name = source.relativize(path).toString().replace('\\', '/');
        if (Files.isRegularFile(path) && !name.contains("__pycache__")) {
          files.put(name, Files.readAllBytes(path));
        }
      }
    }
    return files;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What pip compares the files with: a line for each with its hash and size. */
  private static String listing(Map<String, byte[]> files) {
    StringBuilder lines = new StringBuilder();
    files.forEach(
        (name, bytes) ->
            lines.append("%s,sha256=%s,%d\n".formatted(name, hash(bytes), bytes.length)));
    return lines.toString();
  }

  private static String hash(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static void write(Path wheel, Map<String, byte[]> files, LocalDateTime time)
      throws IOException {
    Path draft = wheel.resolveSibling(wheel.getFileName() + ".new");
    try (OutputStream stream = Files.newOutputStream(draft);
        ZipOutputStream zip = new ZipOutputStream(stream)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        ZipEntry entry = new ZipEntry(file.getKey());
        entry.setTimeLocal(time);
        if (file.getKey().endsWith(".jar")) {
          store(entry, file.getValue());
        }
        zip.putNextEntry(entry);
        zip.write(file.getValue());
        zip.closeEntry();
      }
    }
    Files.move(draft, wheel, StandardCopyOption.REPLACE_EXISTING);
  }

  /** A jar is compressed already. */
  private static void store(ZipEntry entry, byte[] bytes) {
    CRC32 checksum = new CRC32();
    checksum.update(bytes);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(checksum.getValue());
  }
}
