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
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes the Python package as a wheel, which is a zip: the build needs no Python. Run from its
 * source by Maven's phase package:
 *
 * <pre>
 *   java WheelWriter.java VERSION TIMESTAMP SOURCE TARGET LICENSE…
 * </pre>
 *
 * SOURCE is the folder of the package and of METADATA, TARGET the folder that the wheel goes to.
 * The same source gives the same bytes.
 */
final class WheelWriter {
  private static final String PACKAGE = "layertap";

  private static final String WHEEL =
      """
      Wheel-Version: 1.0
      Generator: layertap
      Root-Is-Purelib: true
      Tag: py3-none-any
      """;

  private WheelWriter() {}

  public static void main(String[] arguments) throws IOException {
    String version = arguments[0];
    LocalDateTime time = LocalDateTime.ofInstant(Instant.parse(arguments[1]), ZoneOffset.UTC);
    Path source = Path.of(arguments[2]);
    String information = "%s-%s.dist-info/".formatted(PACKAGE, version);
    Map<String, byte[]> files = new TreeMap<>(packageFiles(source));
    String metadata = Files.readString(source.resolve("METADATA"));
    files.put(information + "METADATA", utf8(metadata.replace("@version@", version)));
    files.put(information + "WHEEL", utf8(WHEEL));
    for (String license : List.of(arguments).subList(4, arguments.length)) {
      Path file = Path.of(license);
      files.put(information + "licenses/" + file.getFileName(), Files.readAllBytes(file));
    }
    String record = information + "RECORD";
    files.put(record, utf8(listing(files) + record + ",,\n"));
    Path target = Path.of(arguments[3]);
    Files.createDirectories(target);
    write(target.resolve("%s-%s-py3-none-any.whl".formatted(PACKAGE, version)), files, time);
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
        zip.putNextEntry(entry);
        zip.write(file.getValue());
        zip.closeEntry();
      }
    }
    Files.move(draft, wheel, StandardCopyOption.REPLACE_EXISTING);
  }
}
